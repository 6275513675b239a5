"""The staff desk's pages about procedures, hospitals and evidence: one module a subject."""

from procedures.admin import editions, evidence, hospitals, pictures, procedures, safety

__all__ = ["editions", "evidence", "hospitals", "pictures", "procedures", "safety"]
