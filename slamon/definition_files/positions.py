"""From pydantic's location of a problem to the node it is about, and to the model whose keys are allowed there."""

from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from slamon.definition_files.yaml_nodes import Mapping, Node, Scalar, Sequence

Location = tuple[int | str, ...]


def locate(root: Node, location: Location) -> Node:
    """The deepest node on the way; tags of unions ("as …") and indexes of single values made lists name no node."""
    node = root
    for part in location:
        step: Node | None = None
        if isinstance(node, Mapping) and isinstance(part, str):
            step = node.get(part)
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            step = node.items[part]
        node = step if step is not None else node
    return node


def key_of(root: Node, location: Location) -> Scalar | None:
    """The key that a location ends with, where it stands in the file."""
    parent = locate(root, location[:-1])
    return parent.key(str(location[-1])) if location and isinstance(parent, Mapping) else None


def model_at(model: type[BaseModel], location: Location) -> type[BaseModel] | None:
    """The model that reads the mapping at a location."""
    current: Any = model
    for part in location:
        current = _step(current, part)
    return _model_in(current)


def keys_of(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys a model reads, as they are written."""
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _step(annotation: Any, part: int | str) -> Any:
    """What is expected one step further; a tag or index that leads nowhere leaves the expectation as it is."""
    inner = _unwrapped(annotation)
    found = _mapping_values(inner)
    if found is not None and isinstance(part, str):
        return found
    model = _model_in(inner)
    if model is not None and isinstance(part, str):
        for name, field in model.model_fields.items():
            if part == (field.alias or name):
                return field.annotation
    return inner


def _mapping_values(annotation: Any) -> Any:
    """The annotation of a dict's values, for a dict or an optional dict."""
    for choice in _choices(annotation):
        if get_origin(choice) is dict:
            return get_args(choice)[1]
    return None


def _model_in(annotation: Any) -> type[BaseModel] | None:
    inner = _unwrapped(annotation)
    if isinstance(inner, type) and issubclass(inner, BaseModel):
        return inner
    members = [_model_in(part) for part in get_args(inner) if part is not Ellipsis] if get_origin(inner) is not dict else []
    return next((member for member in members if member is not None), None)


def _choices(annotation: Any) -> tuple[Any, ...]:
    inner = _unwrapped(annotation)
    if get_origin(inner) in (Union, UnionType):
        return tuple(_unwrapped(choice) for choice in get_args(inner))
    return (inner,)


def _unwrapped(annotation: Any) -> Any:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    return annotation
