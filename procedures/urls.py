"""Addresses of the pages about procedures, hospitals and hard words."""

from django.urls import path

from procedures import views

app_name = "procedures"

urlpatterns = [
    path("procedures/", views.procedure_list, name="procedure_list"),
    path("procedures/<slug:slug>/", views.procedure_detail, name="procedure_detail"),
    path("hospitals/", views.hospital_list, name="hospital_list"),
    path("hospitals/<slug:slug>/", views.hospital_detail, name="hospital_detail"),
    path("glossary/", views.glossary, name="glossary"),
]
