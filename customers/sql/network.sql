-- The mobile network that a phone's prefix was given to; null for landlines. People may keep a number and move.
CREATE OR REPLACE FUNCTION customers_network(p_phone text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE
    WHEN left(p_phone, 3) IN ('086', '096', '097', '098', '032', '033', '034', '035', '036', '037', '038', '039')
        THEN 'Viettel'
    WHEN left(p_phone, 3) IN ('088', '091', '094', '081', '082', '083', '084', '085') THEN 'Vinaphone'
    WHEN left(p_phone, 3) IN ('089', '090', '093', '070', '076', '077', '078', '079') THEN 'Mobifone'
    WHEN left(p_phone, 3) IN ('092', '056', '058') THEN 'Vietnamobile'
    WHEN left(p_phone, 3) IN ('099', '059') THEN 'Gmobile'
END;
