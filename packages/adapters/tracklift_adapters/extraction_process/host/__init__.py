"""What runs in the application: it starts processes, sends them jobs, serves them bytes of videos, and stops them."""
