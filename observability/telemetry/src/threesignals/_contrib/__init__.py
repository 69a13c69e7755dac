"""The readable reference: contrib's instrumentors and the SDK, corrected to the contract."""
