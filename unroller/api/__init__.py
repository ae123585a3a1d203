"""The API, `/api/v1`: what a reader's own programs may do, through the same actions and reads as the pages."""
