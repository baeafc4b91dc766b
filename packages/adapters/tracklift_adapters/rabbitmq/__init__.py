"""Events and updates handed between services through RabbitMQ."""
