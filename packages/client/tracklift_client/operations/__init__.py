"""What a client can do, each as steps."""
