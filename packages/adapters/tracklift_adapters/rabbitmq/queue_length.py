from tracklift_adapters.rabbitmq.connection import Connection
from tracklift_adapters.rabbitmq.errors import ChannelClosedError

_NOT_FOUND = 404


async def count_waiting(connection: Connection, queue: str) -> int:
    """Count the messages that are ready for a consumer, 0 if there is no such queue. To be run in the loop thread."""
    channel = await connection.channel()
    try:
        declared = await channel.call(channel.driver.queue_declare, queue, passive=True)
    except ChannelClosedError as error:
        if error.reply_code != _NOT_FOUND:
            raise
        return 0
    finally:
        await channel.close()
    return int(declared.method.message_count or 0)
