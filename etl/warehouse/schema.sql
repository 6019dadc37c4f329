-- The warehouse: one file, person level, opened by the ETL only. No index and no primary key: rows
-- are replaced by the set (a reference date, a file), and uniqueness is checked while storing.

CREATE TABLE IF NOT EXISTS layout (
    number INTEGER NOT NULL,           -- see layout.py; the highest one holds
    since TIMESTAMP NOT NULL
);

CREATE TABLE IF NOT EXISTS ledger (
    load_id BIGINT NOT NULL,
    loaded_at TIMESTAMP NOT NULL,
    file VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    extract VARCHAR NOT NULL,
    mapping VARCHAR NOT NULL,
    context VARCHAR NOT NULL,          -- hash of mapping, reference files and units it was read with
    reference_date DATE,               -- null where the file has none or several
    rows_read BIGINT NOT NULL,
    rows_kept BIGINT NOT NULL,
    rows_refused BIGINT NOT NULL,
    replaced_by BIGINT                 -- the load that took over any of its rows
);

CREATE TABLE IF NOT EXISTS ledger_date (
    load_id BIGINT NOT NULL,
    ref DATE NOT NULL                  -- a reference date whose rows are this load's, today;
                                       -- of the exit monitor: the last day of the year
);

CREATE TABLE IF NOT EXISTS key_fingerprint (
    name VARCHAR NOT NULL,
    fingerprint VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS quarantine (
    load_id BIGINT NOT NULL,
    rule VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    file VARCHAR NOT NULL,
    line BIGINT,
    row VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS dim_unit (
    load_id BIGINT NOT NULL,
    code VARCHAR NOT NULL,
    name_nl VARCHAR NOT NULL,
    name_en VARCHAR,
    parent VARCHAR,
    level SMALLINT NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    successor_of VARCHAR
);

CREATE TABLE IF NOT EXISTS dim_target (
    load_id BIGINT NOT NULL,
    indicator VARCHAR NOT NULL,
    scale_group VARCHAR NOT NULL,
    unit VARCHAR NOT NULL,
    value DOUBLE,                      -- null where the status is none
    year INTEGER NOT NULL,
    status VARCHAR NOT NULL,
    source VARCHAR                     -- who set it, and where
);

CREATE TABLE IF NOT EXISTS fct_snapshot (
    ref DATE NOT NULL,
    person VARCHAR NOT NULL,
    key_hi BIGINT NOT NULL,
    key_lo BIGINT NOT NULL,
    unit VARCHAR NOT NULL,
    scale SMALLINT NOT NULL,
    job_scale SMALLINT,
    origin VARCHAR NOT NULL,
    gender VARCHAR NOT NULL,
    age_band VARCHAR NOT NULL,
    contract VARCHAR NOT NULL,
    location_group VARCHAR NOT NULL,
    fte_milli INTEGER,
    hire_date DATE,
    born_in_nl BOOLEAN,
    function_family VARCHAR,
    is_manager BOOLEAN
);

CREATE TABLE IF NOT EXISTS fct_presence (
    ref DATE NOT NULL,
    person VARCHAR NOT NULL
);

CREATE TABLE IF NOT EXISTS fct_movement (
    load_id BIGINT NOT NULL,
    person VARCHAR NOT NULL,
    effective DATE NOT NULL,
    kind VARCHAR NOT NULL,
    reason VARCHAR,
    from_scale SMALLINT,
    to_scale SMALLINT,
    from_unit VARCHAR,
    to_unit VARCHAR
);

-- Shares per subgroup that CBS delivers: nobody's rows.

CREATE TABLE IF NOT EXISTS fct_barometer (
    load_id BIGINT NOT NULL,
    ref DATE NOT NULL,
    unit VARCHAR NOT NULL,
    scale_group VARCHAR NOT NULL,
    size INTEGER NOT NULL,
    pct_nl SMALLINT NOT NULL,
    pct_europe SMALLINT NOT NULL,
    pct_outside SMALLINT NOT NULL
);

-- What was shown of them, append-only like the record of decisions.
CREATE TABLE IF NOT EXISTS delivered_shown (
    publication VARCHAR NOT NULL,
    ref DATE NOT NULL,
    unit VARCHAR NOT NULL,
    scale_group VARCHAR NOT NULL,
    size INTEGER NOT NULL,
    pct_nl SMALLINT NOT NULL,
    pct_europe SMALLINT NOT NULL,
    pct_outside SMALLINT NOT NULL
);

-- The exit monitor: by year, and nothing by which the two tables could be joined.

CREATE TABLE IF NOT EXISTS fct_exit_invitation (
    load_id BIGINT NOT NULL,
    year SMALLINT NOT NULL,
    person VARCHAR NOT NULL,
    invited BOOLEAN,                   -- null, like answered, of a person who was forgotten
    answered BOOLEAN
);

CREATE TABLE IF NOT EXISTS fct_exit_answer (
    load_id BIGINT NOT NULL,
    year SMALLINT NOT NULL,
    respondent VARCHAR NOT NULL,       -- a mark of a random id, in a domain of its own
    unit VARCHAR NOT NULL,             -- the whole or the second level
    scale_group VARCHAR,
    origin VARCHAR NOT NULL,
    exit_kind VARCHAR,
    racism_role VARCHAR,
    talked BOOLEAN,
    would_return VARCHAR,
    reasons VARCHAR[] NOT NULL,
    items STRUCT(item VARCHAR, theme VARCHAR, score TINYINT)[] NOT NULL -- answered ones; 5 is good
);

CREATE TABLE IF NOT EXISTS plausibility (
    ref DATE NOT NULL,
    rule VARCHAR NOT NULL,
    unit VARCHAR NOT NULL,
    severity VARCHAR NOT NULL,
    figure DOUBLE NOT NULL,
    before DOUBLE NOT NULL,
    bound DOUBLE NOT NULL,
    accepted_reason VARCHAR,
    accepted_at TIMESTAMP
);

-- The record of decisions: append-only. What was served stands, whatever is corrected afterwards.

CREATE TABLE IF NOT EXISTS decision (
    publication VARCHAR NOT NULL,
    metric VARCHAR NOT NULL,
    period VARCHAR NOT NULL,
    period_kind VARCHAR NOT NULL,
    unit VARCHAR NOT NULL,
    unit_level SMALLINT NOT NULL,
    scale_group VARCHAR NOT NULL,
    attribute VARCHAR NOT NULL,
    category VARCHAR NOT NULL,
    attribute2 VARCHAR NOT NULL,
    category2 VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    value DOUBLE,                      -- as published; null where hidden
    base DOUBLE,
    as_of VARCHAR NOT NULL,
    fresh BOOLEAN NOT NULL             -- decided from its own set: the distance rule compares with it
);

CREATE TABLE IF NOT EXISTS decided_person (
    ref DATE NOT NULL,
    person VARCHAR NOT NULL,
    unit VARCHAR NOT NULL,
    scale SMALLINT NOT NULL
);

CREATE TABLE IF NOT EXISTS decided_path (
    ref DATE NOT NULL,
    unit VARCHAR NOT NULL,
    ancestor VARCHAR NOT NULL,
    level SMALLINT NOT NULL            -- of the ancestor
);

CREATE TABLE IF NOT EXISTS withdrawal (
    metric VARCHAR NOT NULL,
    period VARCHAR NOT NULL,
    period_kind VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    withdrawn_at TIMESTAMP NOT NULL
);

-- Who made a publication and who approved it: append-only. Accounts are never published.
CREATE TABLE IF NOT EXISTS made (
    publication VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    account VARCHAR NOT NULL,
    made_at TIMESTAMP NOT NULL
);

CREATE TABLE IF NOT EXISTS approval (
    publication VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    account VARCHAR NOT NULL,
    role VARCHAR NOT NULL,             -- as the page tells it
    approved_at TIMESTAMP NOT NULL
);

-- Reference dates (of the exit monitor: ends of years) whose person rows were kept long enough.
CREATE TABLE IF NOT EXISTS retirement (
    load_id BIGINT NOT NULL,
    ref DATE NOT NULL,
    retired_at TIMESTAMP NOT NULL
);

CREATE TABLE IF NOT EXISTS forgotten (
    tombstone VARCHAR NOT NULL,
    forgotten_at TIMESTAMP NOT NULL
);
