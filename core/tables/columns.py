"""Of what the tables are made: their metadata, and the kinds of columns that several have."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UtcTime(TypeDecorator[datetime]):
    """An aware time in UTC: timestamptz on PostgreSQL, integer microseconds on SQLite.

    SQLite would drop the zone of a time without converting it. A naive time is refused.
    """

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the column's type on this database."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.DateTime(timezone=True))
        return dialect.type_descriptor(sa.BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 (a driver's value)
        """Return what the driver stores for `value`."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a stored time needs its zone: {value!r}")
        if dialect.name == "postgresql":
            return value
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401, ARG002 (a driver's value)
        """Return the time that the driver stored as `value`."""
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        return _EPOCH + timedelta(microseconds=value)


# SQLite numbers rows by itself only where the type is exactly INTEGER.
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def words(name: str) -> sa.Column[str]:
    """Return a column of text that is empty where nothing is known."""
    return sa.Column(name, sa.Text, nullable=False, server_default="")


def listed(name: str) -> sa.Column[Any]:
    """Return a column of a list that is empty where nothing is known."""
    return sa.Column(name, sa.JSON, nullable=False, server_default="[]")


# Compared byte by byte: in a language's order PostgreSQL looks words up far more slowly.
Word = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
