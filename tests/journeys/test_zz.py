from django.db import connection
def test_db(database: None) -> None:
    with connection.cursor() as c:
        c.execute("select current_database(), (select count(*) from procedures_hospital)"); print(c.fetchone(), connection.settings_dict["TEST"])
