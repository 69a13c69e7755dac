"""Write a file that another program watches."""

from pathlib import Path


def replace(path: Path, text: str) -> bool:
    """Give `path` this content in one step; return whether that changed anything.

    A reader sees the old file or the new one, never a part. The unfinished file lies beside it, for
    a rename is one step only within a file system, and has a suffix that no watcher looks for.
    """
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)
    return True
