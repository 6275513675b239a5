"""The manager's page: how the service does, in pictures with their numbers."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from enquiries import service
from enquiries.admin.queue import Queue, QueueForm


class Service(Queue):
    """Seen by those who oversee a hospital's team, of their own hospitals."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self.service))
        return [path("service/", view, name="enquiries_enquiry_service"), *super().get_urls()]

    def service(self, request: HttpRequest) -> HttpResponse:
        """Requests a day, time to the first call, promises kept and outcomes, by hospital."""
        self.must_be_allowed(request, "oversee")
        form = QueueForm(request.user, request.GET)  # type: ignore[arg-type]
        seen = form.seen()
        context = {
            "report": service.report(seen),
            "form": form,
            "hospital_only": [form["hospital"]],
            "days": service.DAYS,
        }
        return self.desk_page(request, "service", title="How we are doing", **context)
