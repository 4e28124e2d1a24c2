-- Text from a file becomes a value, or NULL when it is not one: never an error, never a guess.
-- The cheap test comes first and settles nearly every row; both branches accept the same texts.

-- 12, -3.50, .5, 5. and 1E-15; not NaN, not Infinity, not "1 234".
CREATE FUNCTION imports_number(given text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN translate(given, '0123456789', '') IN ('', '.')
             AND length(given) BETWEEN 1 AND 24 AND given <> '.'
            THEN given::numeric
        WHEN given ~ '^[+-]?([0-9]{1,24}([.][0-9]{0,18})?|[.][0-9]{1,18})([eE][+-]?[0-9]{1,2})?$'
            THEN given::numeric
    END
$$;

-- 2017-10-01, 2017-10-01 08:49, 2017-10-01T08:49:33.5; the day exists in its month.
CREATE FUNCTION imports_timestamp(given text) RETURNS timestamp
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN given LIKE '____-__-__ __:__:__' AND translate(given, '0123456789', '') = '-- ::'
             AND substr(given, 1, 4) BETWEEN '0001' AND '9998'
             AND substr(given, 6, 2) BETWEEN '01' AND '12'
             AND substr(given, 9, 2) BETWEEN '01' AND '28'
             AND substr(given, 12, 2) <= '23' AND substr(given, 15, 2) <= '59'
             AND substr(given, 18, 2) <= '59'
            THEN given::timestamp
        WHEN given ~ ('^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])'
                      '([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?)?$')
             AND substr(given, 1, 4) BETWEEN '0001' AND '9998'
             AND substr(given, 9, 2)::integer <= extract(day FROM
                 make_date(substr(given, 1, 4)::integer, substr(given, 6, 2)::integer, 1)
                 + interval '1 month' - interval '1 day')
            THEN given::timestamp
    END
$$;
