"""How search reads a text: without accents, in small letters, and in English as patients type it.

Trigrams, spelling distance and sound are PostgreSQL's own extensions, which the owner of a database may add.
"""

from django.contrib.postgres.operations import CreateExtension, TrigramExtension, UnaccentExtension
from django.db import migrations

# Immutable, so that stored columns and indexes may use them: the rules of unaccent are part of the installation.
KEY = """
CREATE FUNCTION search_key(typed text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(
        regexp_replace(lower(public.unaccent('public.unaccent', typed)), '[''’ʼ`´]', '', 'g'), '[^[:alnum:]]+', ' ', 'g'
    ))
$$;
CREATE FUNCTION search_words(typed text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT string_to_array(search_key(typed), ' ')
$$;
CREATE FUNCTION search_letters(word text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT string_agg(letter, '' ORDER BY letter) FROM regexp_split_to_table(word, '') AS letter
$$;
"""
NO_KEY = "DROP FUNCTION search_letters(text); DROP FUNCTION search_words(text); DROP FUNCTION search_key(text);"

CONFIGURATION = """
CREATE TEXT SEARCH CONFIGURATION patient (COPY = english);
ALTER TEXT SEARCH CONFIGURATION patient
    ALTER MAPPING FOR hword, hword_part, word, asciihword, hword_asciipart, asciiword WITH unaccent, english_stem;
"""
NO_CONFIGURATION = "DROP TEXT SEARCH CONFIGURATION patient;"


class Migration(migrations.Migration):
    dependencies = [("procedures", "0003_keep_what_happens_on_bank_holidays")]

    operations = [
        TrigramExtension(),
        UnaccentExtension(),
        CreateExtension("fuzzystrmatch"),
        migrations.RunSQL(KEY, NO_KEY),
        migrations.RunSQL(CONFIGURATION, NO_CONFIGURATION),
    ]
