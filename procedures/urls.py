"""Addresses of the pages about procedures, hospitals and hard words."""

from django.urls import path

from procedures.views import directory, explainer, history, leaflets, take_along

app_name = "procedures"

urlpatterns = [
    path("procedures/", directory.procedure_list, name="procedure_list"),
    path("procedures/<slug:slug>/", explainer.procedure_detail, name="procedure_detail"),
    path("procedures/<slug:slug>/changes/", history.change_list, name="change_list"),
    path("procedures/<slug:slug>/editions/<int:number>/", history.edition_detail, name="edition_detail"),
    path("procedures/<slug:slug>/visit-sheet/", take_along.visit_sheet, name="visit_sheet"),
    path("procedures/<slug:slug>/for-your-gp/", take_along.for_your_gp, name="for_your_gp"),
    path("preview/<str:token>/", history.preview, name="preview"),
    path("procedures/<slug:slug>/leaflet.pdf", leaflets.leaflet, name="leaflet"),
    path("leaflets/", leaflets.leaflet_find, name="leaflet_find"),
    path("leaflets/<str:code>/", leaflets.leaflet_check, name="leaflet_check"),
    path("hospitals/", directory.hospital_list, name="hospital_list"),
    path("hospitals/<slug:slug>/", directory.hospital_detail, name="hospital_detail"),
    path("glossary/", directory.glossary, name="glossary"),
]
