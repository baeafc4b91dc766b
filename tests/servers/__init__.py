"""The servers of the integration tests: MySQL or MariaDB, MongoDB, RabbitMQ and mail.

`python -m tests.servers` starts them for work; the fixtures in `fixtures.py` hand them to tests. Where a Docker
engine answers, they run as compose.servers.yaml says; elsewhere as private processes on free ports of the loopback
address.
"""
