"""The public HTTP interface: uploads, status, downloads."""
