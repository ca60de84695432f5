"""A synthetic company with a known truth: the workspace that ``slamon demo`` monitors."""

from slamon.demo.files import CompanyFacts, write_company

__all__ = ["CompanyFacts", "write_company"]
