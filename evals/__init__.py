"""Measure retrieval and answers: datasets, measures, baselines, reports and the gate."""
