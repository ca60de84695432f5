"""YAML to typed promises and settings: every problem of every file at once, each with its line, column and mend."""

from slamon.definition_files.due_preview import DueRow, Start, due_preview
from slamon.definition_files.findings import DefinitionError, Finding
from slamon.definition_files.json_schema import definition_schema, settings_schema
from slamon.definition_files.load import load_definitions
from slamon.definition_files.proposals import load_proposal
from slamon.definition_files.workspace import load_promises, load_workspace, provided_attributes, validate_workspace

__all__ = [
    "DefinitionError",
    "DueRow",
    "Finding",
    "Start",
    "definition_schema",
    "due_preview",
    "load_definitions",
    "load_promises",
    "load_proposal",
    "load_workspace",
    "provided_attributes",
    "settings_schema",
    "validate_workspace",
]
