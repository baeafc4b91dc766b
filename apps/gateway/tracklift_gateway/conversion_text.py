"""How a conversion stands, in words and in HTML. Names and reasons come from users and are escaped."""

from datetime import datetime
from html import escape

from tracklift_domain.conversion.conversion import Audio, Conversion, ConversionState
from tracklift_domain.extraction.progress import Progress

_IN_A_LINE = {
    ConversionState.UPLOADING: "Being uploaded",
    ConversionState.QUEUED: "Waiting to be converted",
    ConversionState.CONVERTING: "Being converted",
    ConversionState.COMPLETED: "MP3 ready",
    ConversionState.FAILED: "Failed",
    ConversionState.CANCELLED: "Cancelled",
    ConversionState.EXPIRED: "MP3 expired",
}
_STANDS = {
    ConversionState.UPLOADING: "The video is being uploaded.",
    ConversionState.QUEUED: "The video waits to be converted.",
    ConversionState.CONVERTING: "The video is being converted.",
    ConversionState.COMPLETED: "The MP3 is ready.",
    ConversionState.FAILED: "The video could not be converted.",
    ConversionState.CANCELLED: "The conversion was cancelled.",
    ConversionState.EXPIRED: "The MP3 has expired and was deleted. Upload the video again to get another one.",
}


def in_a_line(conversion: Conversion) -> str:
    """Say how it stands in a few words, with its date."""
    return f"{_IN_A_LINE[conversion.state]}, {_time(conversion.created_at)}"


def describe(conversion: Conversion, progress: Progress | None) -> str:
    """Say how it stands in full sentences."""
    match conversion.state:
        case ConversionState.QUEUED:
            text = f"<p>{_STANDS[conversion.state]}</p>{_last_failure(conversion)}"
        case ConversionState.CONVERTING:
            text = _progress(progress or Progress(0.0))
        case ConversionState.COMPLETED if conversion.audio is not None:
            text = f"<p>The MP3 is ready: {_audio(conversion.audio)}.</p>{_deadline(conversion)}"
        case ConversionState.FAILED:
            text = f"<p>{_STANDS[conversion.state]}</p>{_reason(conversion)}"
        case state:
            text = f"<p>{_STANDS[state]}</p>"
    return text


def _last_failure(conversion: Conversion) -> str:
    if conversion.failure is None:
        return ""
    return f"<p>The last attempt failed, and there will be another one.</p>{_reason(conversion)}"


def _reason(conversion: Conversion) -> str:
    return f"<p>{escape(conversion.failure.detail)}</p>" if conversion.failure else ""


def _progress(progress: Progress) -> str:
    percent = int(progress.fraction * 100)
    left = "" if progress.remaining is None else f", {_duration(progress.remaining)} left"
    return (
        f'<label for="progress">{_STANDS[ConversionState.CONVERTING]}</label>'
        f'<progress id="progress" max="100" value="{percent}"></progress><p>{percent} %{left}</p>'
    )


def _audio(audio: Audio) -> str:
    return f"{_duration(audio.duration)}, {audio.bitrate} kbit/s, {_size(audio.size)}"


def _deadline(conversion: Conversion) -> str:
    if conversion.expires_at is None:
        return ""
    return f"<p>It can be downloaded until {_time(conversion.expires_at)}.</p>"


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size:,} bytes"


def _time(time: datetime) -> str:
    return f'<time datetime="{time.isoformat()}">{time:%Y-%m-%d %H:%M} UTC</time>'
