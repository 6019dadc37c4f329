"""Staging spread over many machines: the rules of `etl.stage`, run on parts of a file.

`reading` finds out on the driver how a file is read, `rows` holds what each machine does with the
lines that it gets, `stage` puts the parts together, `spark` is the only module that knows Spark.
"""
