"""What users may do beyond their own conversions."""

from enum import StrEnum


class Role(StrEnum):
    """Each role includes the previous one."""

    USER = "user"
    """Own conversions only."""
    OPERATOR = "operator"
    """See the state of the service, but no content of users."""
    ADMIN = "admin"
    """Manage users."""

    def includes(self, other: "Role") -> bool:
        """Tell whether this role may do what the other one may."""
        order = list(Role)
        return order.index(self) >= order.index(other)
