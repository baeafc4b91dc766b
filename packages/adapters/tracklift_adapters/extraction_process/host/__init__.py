"""What runs in the application: it starts processes, gives them jobs, serves them bytes and ends them."""
