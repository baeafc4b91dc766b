"""The settings of the converter."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from tracklift_adapters.environment.conversion_settings import ConversionSettings
from tracklift_adapters.environment.extraction_settings import ExtractionSettings
from tracklift_adapters.environment.server_settings import BrokerSettings, MongoDbSettings
from tracklift_adapters.environment.service_settings import ServiceSettings


@dataclass(frozen=True, kw_only=True)
class ConverterSettings(
    ServiceSettings, ExtractionSettings, ConversionSettings, MongoDbSettings, BrokerSettings
):
    """Each field is read from the environment variable `TRACKLIFT_` plus its name in capitals.

    Fields without a default are required.
    """

    port: int = 8082
    scratch_folder: Path = field(default_factory=lambda: Path(tempfile.gettempdir()) / "tracklift")
    """Where extractions keep their temporary files."""
