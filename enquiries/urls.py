"""Ask, check your answers, send, and the private page of a request."""

from django.urls import include, path, re_path

from enquiries import private_page, views

app_name = "enquiries"
request_pages = [
    path("", private_page.request_status, name="request_status"),
    path("phone/", private_page.change_phone, name="change_phone"),
    path("time/", private_page.change_time, name="change_time"),
    path("withdraw/", private_page.withdraw, name="withdraw"),
    path("erase/", private_page.erase, name="erase"),
]
urlpatterns = [
    path("enquiry/", views.enquire, name="enquire"),
    path("enquiry/send/", views.enquire_send, name="enquire_send"),
    path("call-back/", views.request_callback, name="request_callback"),
    path("call-back/send/", views.callback_send, name="callback_send"),
    re_path(r"^requests/(?P<token>[A-Za-z0-9_-]{43})/", include(request_pages)),
]
