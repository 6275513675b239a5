"""Everything we hold about a request, gone for good."""

from enquiries.models import Enquiry


def erase(enquiry: Enquiry) -> None:
    """Delete the request, with its mail and what the desk's log says of it. Nothing of it is left."""
    enquiry.delete()
