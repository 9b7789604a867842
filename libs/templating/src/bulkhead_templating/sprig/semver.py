"""The functions of sprig for semantic versions.

Source: sprig 3.3, semver.go, with Masterminds/semver 3.4.
"""

from typing import Final

from bulkhead_templating.errors import TemplateFunctionError
from bulkhead_templating.functions import FunctionMap
from bulkhead_templating.kinds import BOOL, STRING
from bulkhead_templating.semver.constraints import ConstraintError, parse_constraints
from bulkhead_templating.semver.values import VersionPointer
from bulkhead_templating.semver.version import VersionError, parse_version

FUNCTIONS: Final = FunctionMap()


@FUNCTIONS.function("semver", STRING, returns=VersionPointer.go_type)
def semver(text: str) -> VersionPointer:
    """Read a version."""
    try:
        return VersionPointer(parse_version(text))
    except VersionError as error:
        raise TemplateFunctionError(str(error)) from error


@FUNCTIONS.function("semverCompare", STRING, STRING, returns=BOOL)
def semver_compare(constraint: str, version: str) -> bool:
    """Say whether a version is allowed by a constraint."""
    try:
        constraints = parse_constraints(constraint)
        return constraints.allows(parse_version(version))
    except (ConstraintError, VersionError) as error:
        raise TemplateFunctionError(str(error)) from error
