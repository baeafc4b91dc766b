"""The fields of a JSON body."""

from typing import Any

import msgspec
from litestar.openapi.spec import Schema
from litestar.plugins import OpenAPISchemaPlugin
from litestar.types import Empty
from litestar.typing import FieldDefinition
from typing_extensions import override


class RequestFields(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The JSON fields of a route. Unknown fields are refused, and so is text in place of a number.

    A mistyped field would otherwise be ignored silently, which may mean the opposite of what the client wants.
    """


class RequestFieldsSchema(OpenAPISchemaPlugin):
    """States in the OpenAPI document that a route accepts no other fields."""

    @override
    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        return not field_definition.is_union and field_definition.is_subclass_of(RequestFields)

    @override
    def to_openapi_schema(
        self,
        field_definition: FieldDefinition,
        schema_creator: Any,
    ) -> Schema:
        fields = msgspec.structs.fields(field_definition.annotation)
        types = field_definition.get_type_hints(include_extras=True)
        schema: Schema = schema_creator.create_component_schema(
            field_definition,
            required=sorted(field.name for field in fields if field.required),
            property_fields={
                field.name: FieldDefinition.from_annotation(
                    types[field.name],
                    name=field.name,
                    default=Empty if field.default is msgspec.NODEFAULT else field.default,
                )
                for field in fields
            },
        )
        schema.additional_properties = False
        return schema
