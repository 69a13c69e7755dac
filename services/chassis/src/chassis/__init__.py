"""What both services stand on: storage, problem details, paging and the life of a process."""
