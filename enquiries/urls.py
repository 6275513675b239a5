"""Ask, check your answers, send, and the private page of a request."""

from django.urls import path, re_path

from enquiries import views

app_name = "enquiries"
urlpatterns = [
    path("enquiry/", views.enquire, name="enquire"),
    path("enquiry/send/", views.enquire_send, name="enquire_send"),
    path("call-back/", views.request_callback, name="request_callback"),
    path("call-back/send/", views.callback_send, name="callback_send"),
    re_path(r"^requests/(?P<token>[A-Za-z0-9_-]{43})/$", views.request_status, name="request_status"),
]
