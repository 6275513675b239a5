import cProfile, pstats, pytest, time
from tests.site.test_access import Cast, LISTED
@pytest.mark.django_db
def test_p():
    t=time.time(); cast=Cast(); print("cast", time.time()-t)
    pick=[a for a in LISTED if a.name in ("admin:procedures_block_change","admin:consultants_consultant_changelist","procedures:procedure_detail","admin:index","admin:enquiries_enquiry_history","home")]
    for a in pick:
        t=time.time(); cast.tries(a); print(a.name, time.time()-t)
    pr=cProfile.Profile(); pr.enable()
    for a in pick: cast.tries(a)
    pr.disable()
    pstats.Stats(pr).sort_stats("tottime").print_stats(25)
