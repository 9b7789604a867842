"""Steps that change names, of ExternalSecrets and PushSecrets. Pure."""

from bulkhead_templating.engine import Delimiters
from bulkhead_validation.expressions import check_expression
from bulkhead_validation.node import Node
from bulkhead_validation.templates import check_template


def check_name_rewrite(step: Node) -> None:
    """Note an expression or a template that is none."""
    check_expression(step.at("regexp", "source"))
    # Flags change the delimiters of a target's templates alone.
    check_template(step.at("transform", "template").with_delimiters(Delimiters()))
