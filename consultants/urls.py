"""Addresses of the directory."""

from django.urls import path

from consultants import confirming, views

app_name = "consultants"

urlpatterns = [
    path("consultants/", views.consultant_list, name="consultant_list"),
    path("consultants/<slug:slug>/", views.consultant_detail, name="consultant_detail"),
    path("confirm/<str:token>/", confirming.confirm, name="confirm"),
]
