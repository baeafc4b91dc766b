from tests.servers.servers import Servers


def environment(
    servers: Servers, *, smtp_host: str, smtp_port: int, name: str = "tracklift"
) -> dict[str, str]:
    """Give the settings of Tracklift's services for these servers and the database and virtual host of that name."""
    return {
        "TRACKLIFT_MYSQL_URL": servers.mysql.endpoint.url(name),
        "TRACKLIFT_MONGODB_URL": servers.mongodb.endpoint.url(name),
        "TRACKLIFT_RABBITMQ_URL": servers.rabbitmq.endpoint.url(name),
        "TRACKLIFT_SMTP_HOST": smtp_host,
        "TRACKLIFT_SMTP_PORT": str(smtp_port),
    }
