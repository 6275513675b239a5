from tests.journeys.states import Standing
def test_reached(standing: Standing) -> None:
    print(standing.name, len(standing.html), standing.page.evaluate("matchMedia('(pointer: coarse)').matches"))
