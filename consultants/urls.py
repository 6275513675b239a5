"""Addresses of the directory."""

from django.urls import path

from consultants import views

app_name = "consultants"

urlpatterns = [
    path("consultants/", views.consultant_list, name="consultant_list"),
    path("consultants/<slug:slug>/", views.consultant_detail, name="consultant_detail"),
]
