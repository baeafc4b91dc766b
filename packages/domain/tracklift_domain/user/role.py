"""What users may do beside their own conversions."""

from enum import StrEnum


class Role(StrEnum):
    """Each role may do all that the one before it may."""

    USER = "user"
    """Own conversions only."""
    OPERATOR = "operator"
    """See how the service does, and no contents of users."""
    ADMIN = "admin"
    """Manage users."""

    def includes(self, other: "Role") -> bool:
        """Tell whether this role may do what the other one may."""
        order = list(Role)
        return order.index(self) >= order.index(other)
