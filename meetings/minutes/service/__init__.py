"""Reading the record of a sitting, and publishing from it."""
