-- A store to look at: products, prices, twelve customers and what they bought. For an empty, migrated database, in one
-- SERIALIZABLE transaction; run a second time it fails and changes nothing.
-- Customers buy through the money functions, so their ledgers are as real as any. Every outcome is asserted: who changes a
-- price here is told which purchase no longer adds up.
-- They bought over the last four weeks: until the end of this transaction, and for nobody but it, the clock says what demo.now
-- says.
DO $body$
BEGIN
    IF current_setting('transaction_isolation') <> 'serializable' THEN
        PERFORM store.refuse_session();
    END IF;
    IF EXISTS (SELECT FROM store.product) OR EXISTS (SELECT FROM store.customer) THEN
        RAISE EXCEPTION 'the demo store is for an empty database; this one has products or customers already';
    END IF;
END
$body$;

CREATE OR REPLACE FUNCTION store.clock() RETURNS timestamptz
LANGUAGE sql
VOLATILE
AS $body$
    SELECT current_setting('demo.now')::timestamptz
$body$;
SELECT set_config('demo.now', (clock_timestamp() - interval '30 days')::text, true);

-- Days, weeks and months begin where the demo store is.
UPDATE store.store_setting
SET time_zone = 'America/New_York'
WHERE store_setting_id = 1;

INSERT INTO store.category (category_id, slug, name, position)
VALUES
    (1, 'kitchen', 'Kitchen', 1),
    (2, 'furniture', 'Furniture', 2),
    (3, 'lighting', 'Lighting', 3),
    (4, 'textiles', 'Textiles', 4),
    (5, 'desk', 'Desk', 5),
    (6, 'garden', 'Garden', 6),
    (7, 'outdoors', 'Outdoors', 7),
    (8, 'games', 'Games and toys', 8);

INSERT INTO store.product (product_id, category_id, tile, name, description)
VALUES
    (1, 1, 'mug', 'Stoneware mug',
     'Holds twelve ounces and keeps them warm. Glazed inside and out, safe in the dishwasher.'),
    (2, 1, 'kettle', 'Enamel kettle',
     'A two-quart kettle for every kind of stove. The handle stays cool and the spout pours without a drip.'),
    (3, 1, 'frying-pan', 'Cast iron frying pan',
     'Ten inches across and seasoned with oil, ready to use. It gets better with every egg.'),
    (4, 1, 'chef-knife', 'Chef''s knife, 8 inch',
     'Forged from one piece of steel and sharpened by hand. Well balanced, for onions and for Sunday roasts.'),
    (5, 1, 'cutting-board', 'Oak cutting board',
     'Solid oak, oiled, with a hole to hang it by. One side for bread, the other for everything else.'),
    (6, 1, 'mixing-bowls', 'Mixing bowls, set of three',
     'Three sizes that nest inside one another. Each has a rim that is easy to hold and a base that does not slip.'),
    (7, 1, 'french-press', 'French press',
     'Makes four cups of coffee in four minutes. The glass can be replaced if it ever breaks.'),
    (8, 1, 'pepper-mill', 'Pepper mill',
     'Turned from walnut, with a ceramic grinder that does not wear out. Works for coarse salt, too.'),
    (9, 1, 'dutch-oven', 'Dutch oven, 5 quart',
     'Enameled cast iron with a heavy lid. For stews that take all afternoon, and for bread with a real crust.'),
    (10, 1, 'whisk', 'Balloon whisk',
     'Thin steel wires that whip cream quickly and bend back into shape. The handle is beech.'),
    (11, 2, 'dining-chair', 'Oak dining chair',
     'A light chair with a straight back and a seat that is comfortable through dessert. Comes assembled.'),
    (12, 2, 'bookcase', 'Bookcase, three shelves',
     'Solid ash, forty inches tall. The shelves carry sixty pounds each and do not sag.'),
    (13, 2, 'stool', 'Kitchen stool',
     'Sits at the counter or holds a plant by the window. The seat is one piece of birch.'),
    (14, 2, 'armchair', 'Reading armchair',
     'Deep enough to curl up in, firm enough to get out of again. The covers come off and can be washed.'),
    (15, 2, 'side-table', 'Round side table',
     'Twenty inches across, just right for a lamp and a cup of tea. Three legs, so it never wobbles.'),
    (16, 2, 'wall-clock', 'Wall clock',
     'A quiet movement that does not tick, behind real glass. Runs for two years on one battery.'),
    (17, 2, 'wall-mirror', 'Oval wall mirror',
     'A brass frame around clear, heavy glass. Hangs upright or sideways from the same two hooks.'),
    (18, 2, 'writing-desk', 'Walnut writing desk',
     'Built to order by a joiner, in the width that you need. Two drawers with dovetailed corners. Ask us for a price.'),
    (19, 3, 'desk-lamp', 'Jointed desk lamp',
     'Points where you need it and stays there. Takes any standard bulb up to 60 watts.'),
    (20, 3, 'floor-lamp', 'Floor lamp with linen shade',
     'A soft light for the corner with the armchair. The switch is on the cord, where your foot finds it.'),
    (21, 3, 'pendant-lamp', 'Pendant lamp',
     'Spun steel in a deep teal, white inside. Comes with five feet of cord that you can shorten.'),
    (22, 3, 'string-lights', 'String lights, 30 feet',
     'Twenty warm lights for a balcony or a party. They do not mind the rain.'),
    (23, 3, 'candles', 'Beeswax candles, pair',
     'Poured by a beekeeper who also keeps the bees. They burn for nine hours and smell faintly of honey.'),
    (24, 3, 'table-lamp', 'Bedside lamp',
     'A round ceramic foot and a plain cotton shade. Touch the foot to dim it.'),
    (25, 3, 'light-bulb', 'LED bulb, warm white',
     'As bright as an old 60-watt bulb, at 7 watts. Lasts about fifteen years.'),
    (26, 3, 'paper-lantern', 'Paper lantern',
     'Rice paper over a wire frame, sixteen inches across. Folds flat when you move.'),
    (27, 4, 'folded-blanket', 'Wool blanket',
     'Woven from lambswool in plum and cream. Large enough for two on the sofa.'),
    (28, 4, 'cushion', 'Linen cushion',
     'Twenty inches square, filled with feathers. The cover has a zipper and is washed at low heat.'),
    (29, 4, 'bath-towel', 'Bath towel',
     'Thick cotton that dries you quickly and then dries itself. The loop is sewn in, so it stays in.'),
    (30, 4, 'tea-towels', 'Tea towels, set of two',
     'Half linen, half cotton, and already washed once, so that they dry glasses from the first day.'),
    (31, 4, 'rug', 'Flat-woven rug',
     'Four by six feet of wool in red and navy. Looks the same from both sides, so turn it once a year.'),
    (32, 4, 'apron', 'Canvas apron',
     'Heavy cotton with two pockets and ties that are long enough to meet in front. Fits nearly everybody.'),
    (33, 4, 'bed', 'Linen bedding set',
     'A duvet cover and two pillowcases of washed linen. Cool in August and warm in January.'),
    (34, 4, 'socks', 'Wool socks',
     'Merino with a padded heel. We mend them free of charge.'),
    (35, 4, 'curtains', 'Made-to-measure curtains',
     'Sewn to the width and height of your window, in forty fabrics. The price depends on the measurements.'),
    (36, 5, 'notebook', 'Dotted notebook',
     '192 pages of thick, cream paper that lies flat when it is open. With an elastic band and a pocket at the back.'),
    (37, 5, 'fountain-pen', 'Fountain pen',
     'A steel nib that forgives a heavy hand. Comes with a converter and two blue cartridges.'),
    (38, 5, 'pencils', 'Pencils, set of four',
     'Cedar pencils in four grades, from 2B for drawing to 2H for fine lines. Each has a soft eraser.'),
    (39, 5, 'desk-organizer', 'Desk organizer',
     'A place for pens, a place for letters and two small drawers for the rest. Made of beech.'),
    (40, 5, 'wall-calendar', 'Wall calendar',
     'A page a month, with room to write. Printed on heavy paper that takes ink and pencil.'),
    (41, 5, 'scissors', 'Desk scissors',
     'Eight inches of steel that cut paper, card and ribbon. For right and left hands.'),
    (42, 5, 'globe', 'Desk globe',
     'Ten inches across, with rivers and mountains but no borders. Turns on a wooden stand.'),
    (43, 6, 'watering-can', 'Watering can',
     'Holds two gallons and balances well, full or empty. The rose gives a fine, soft shower.'),
    (44, 6, 'trowel', 'Hand trowel',
     'One piece of stainless steel with an ash handle. Marked in inches, for bulbs that want to be planted deep.'),
    (45, 6, 'flower-pot', 'Terracotta pot, 6 inch',
     'Plain clay that lets the roots breathe, with a saucer. The plant in the picture is not included.'),
    (46, 6, 'garden-gloves', 'Garden gloves',
     'Thin enough to feel a seedling, tough enough for roses. In three sizes.'),
    (47, 6, 'wheelbarrow', 'Wheelbarrow',
     'Carries two hundred pounds of soil on a tire that cannot go flat. The handles are ash.'),
    (48, 6, 'bird-feeder', 'Bird feeder',
     'Holds a week of seed under a wide roof. Opens at the top and rinses clean.'),
    (49, 6, 'pruning-shears', 'Pruning shears',
     'Cut green wood up to three quarters of an inch thick. Every part can be taken off, sharpened and replaced.'),
    (50, 6, 'seed-packet', 'Sunflower seeds',
     'About forty seeds of a tall, branching kind. Sow in May; they flower from July until the first frost.'),
    (51, 6, 'planter-box', 'Cedar planter box',
     'Three feet long, for herbs and flowers on a balcony. Cedar needs no paint and turns silver with time.'),
    (52, 7, 'tent', 'Two-person tent',
     'Goes up in five minutes and weighs less than five pounds. Dry in a storm, airy in the heat.'),
    (53, 7, 'sleeping-bag', 'Sleeping bag',
     'Warm down to 25 degrees Fahrenheit. Packs to the size of a loaf of bread.'),
    (54, 7, 'backpack', 'Backpack, 30 liters',
     'For a long day or a short weekend. The belt carries the weight, and a rain cover is tucked into the base.'),
    (55, 7, 'water-bottle', 'Steel water bottle',
     'Keeps a quart cold for a day or hot for half of one. The neck is wide enough for ice cubes.'),
    (56, 7, 'camp-stove', 'Camp stove',
     'Boils a quart of water in four minutes and folds to the size of a fist. Gas is sold separately.'),
    (57, 7, 'compass', 'Brass compass',
     'A steady needle under a clear glass. Needs no battery and no signal.'),
    (58, 7, 'binoculars', 'Binoculars, 8 x 42',
     'Bright and sharp, also at dusk. Waterproof, with a soft strap and caps that do not get lost.'),
    (59, 7, 'headlamp', 'Headlamp',
     'Lights the path for thirty hours on one charge. The red light spares the eyes of whoever walks in front.'),
    (60, 7, 'hammock', 'Cotton hammock',
     'Woven in bright stripes and wide enough to lie in crosswise. Comes with ropes and two hooks.'),
    (61, 8, 'chess-set', 'Chess set',
     'Weighted pieces of maple and ebonized birch on a folding board. With two spare queens.'),
    (62, 8, 'jigsaw-puzzle', 'Jigsaw puzzle, 1000 pieces',
     'A map of an island that does not exist. No two pieces have the same shape.'),
    (63, 8, 'playing-cards', 'Playing cards',
     'A linen-finished deck with large, clear numbers. Shuffles well, even in small hands.'),
    (64, 8, 'building-blocks', 'Wooden building blocks',
     'Fifty blocks of beech and maple in eight shapes, with a cotton bag. The paint is safe for those who taste it.'),
    (65, 8, 'dice', 'Dice, set of six',
     'Six dice in two colors, in a small tin. Rounded corners, so that they roll for a while.'),
    (66, 8, 'dominoes', 'Dominoes',
     'Twenty-eight tiles, heavy enough to stand on end. Comes in a wooden box with a sliding lid.'),
    (67, 8, 'kite', 'Diamond kite',
     'Flies in a light breeze and forgives beginners. With a long tail and two hundred feet of line.'),
    (68, 8, 'spinning-top', 'Spinning top',
     'Turned from a single piece of maple and painted by hand. Spins for more than a minute on a smooth table.');

-- Days are counted from the midnight (UTC) before the seeding, past ones negative. No to_day: until another price is set.
-- On request are the curtains (35), which never had a price, and the writing desk (18), whose price has ended.
INSERT INTO store.product_price (product_id, price, valid_from, valid_to, actor)
SELECT p.product_id,
       p.price,
       m.midnight + p.from_day * interval '1 day',
       coalesce(m.midnight + p.to_day * interval '1 day', 'infinity'),
       'demo'
FROM (SELECT date_trunc('day', now(), 'UTC')) AS m (midnight)
CROSS JOIN (
    VALUES
        -- Kitchen
        (1, 14.00, -320, NULL),
        (2, 52.00, -400, -90), (2, 58.00, -90, NULL),
        (3, 46.00, -260, 21), (3, 49.50, 21, NULL),
        (4, 72.00, -260, NULL),
        (5, 34.00, -320, NULL),
        (6, 42.00, -150, NULL),
        (7, 36.50, -210, NULL),
        (8, 20.00, -320, NULL),
        (9, 189.00, -180, NULL),
        (10, 9.50, -320, NULL),
        -- Furniture
        (11, 185.00, -240, NULL),
        (12, 320.00, -240, NULL),
        (13, 76.00, -120, NULL),
        (14, 450.00, -75, NULL),
        (15, 140.00, -240, NULL),
        (16, 49.00, -300, NULL),
        (17, 88.00, -110, NULL),
        (18, 390.00, -365, -14),
        -- Lighting
        (19, 64.00, -280, NULL),
        (20, 149.00, -280, NULL),
        (21, 98.00, -130, NULL),
        (22, 24.00, -45, NULL),
        (23, 11.00, -300, NULL),
        (24, 45.00, -130, NULL),
        (25, 4.50, -300, NULL),
        (26, 20.00, -200, NULL),
        -- Textiles
        (27, 118.00, -160, NULL),
        (28, 32.00, -160, NULL),
        (29, 22.00, -310, NULL),
        (30, 15.00, -310, NULL),
        (31, 95.00, -95, NULL),
        (32, 29.00, -220, NULL),
        (33, 220.00, -95, NULL),
        (34, 20.00, -310, NULL),
        -- Desk
        (36, 12.00, -330, NULL),
        (37, 48.00, -330, NULL),
        (38, 7.50, -330, NULL),
        (39, 26.00, -140, NULL),
        (40, 20.00, -60, NULL),
        (41, 18.00, -330, NULL),
        (42, 85.00, -170, NULL),
        -- Garden
        (43, 38.00, -250, NULL),
        (44, 16.50, -250, NULL),
        (45, 9.00, -250, NULL),
        (46, 12.50, -250, NULL),
        (47, 135.00, -190, NULL),
        (48, 27.00, -80, NULL),
        (49, 33.00, -250, NULL),
        (50, 4.25, -100, NULL),
        (51, 78.00, -100, NULL),
        -- Outdoors
        (52, 245.00, -230, 35), (52, 219.00, 35, NULL),
        (53, 139.00, -380, -120), (53, 129.00, -120, NULL),
        (54, 110.00, -230, NULL),
        (55, 20.00, -290, NULL),
        (56, 54.00, -230, NULL),
        (57, 28.00, -290, NULL),
        (58, 149.00, -420, -200), (58, 158.00, -200, -30), (58, 165.00, -30, NULL),
        (59, 35.00, -70, NULL),
        (60, 62.00, -70, NULL),
        -- Games and toys
        (61, 68.00, -340, NULL),
        (62, 20.00, -340, NULL),
        (63, 8.00, -340, NULL),
        (64, 40.00, -155, NULL),
        (65, 6.50, -340, NULL),
        (66, 24.00, -155, NULL),
        (67, 30.00, -85, NULL),
        (68, 10.00, -340, NULL)
) AS p (product_id, price, from_day, to_day);

DO $body$
DECLARE
    v_customer record;
    v_outcome text;
BEGIN
    FOR v_customer IN
        SELECT *
        FROM (
            VALUES
                (1, 'Amara Okafor'),
                (2, 'Lukas Brandt'),
                (3, 'Mei Chen'),
                (4, 'Diego Fernández'),
                (5, 'Priya Raman'),
                (6, 'Sofia Lindqvist'),
                (7, 'Tomasz Nowak'),
                (8, 'Hannah Whitfield'),
                (9, 'Yusuf Demir'),
                (10, 'Grace Bennett'),
                (11, 'Kenji Morita'),
                (12, 'Leila Haddad')
        ) AS c (customer_id, display_name)
        ORDER BY customer_id
    LOOP
        SELECT r.outcome
        INTO v_outcome
        FROM store.register_customer(v_customer.customer_id, v_customer.display_name, 'demo') r;
        IF v_outcome IS DISTINCT FROM 'registered' THEN
            RAISE EXCEPTION 'customer % is %, not registered', v_customer.customer_id, v_outcome;
        END IF;
    END LOOP;

    SELECT r.outcome
    INTO v_outcome
    FROM store.change_limit(3, '00000000-0000-4000-8000-000000030000', 'lifetime', NULL, 800.00, NULL, NULL,
                            'Furnishing a new home; asked for it by mail', 'demo') r;
    IF v_outcome IS DISTINCT FROM 'changed' THEN
        RAISE EXCEPTION 'the limit of customer 3 is %, not changed', v_outcome;
    END IF;
END
$body$;

-- A purchase_id ends in the customer's number and, in four digits, the purchase's: the order in which they happen. The last
-- number says how many days ago.
DO $body$
DECLARE
    v_purchase record;
    v_receipt record;
BEGIN
    FOR v_purchase IN
        SELECT *
        FROM (
            VALUES
                (1, '00000000-0000-4000-8000-000000010001'::uuid, '{1,36}'::bigint[], '{2,1}'::bigint[], 'confirmed', 40.00, 24),
                (1, '00000000-0000-4000-8000-000000010002', '{19,25}', '{1,2}', 'confirmed', 73.00, 9),
                (2, '00000000-0000-4000-8000-000000020001', '{53,56,59}', '{1,1,1}', 'confirmed', 218.00, 0),
                (3, '00000000-0000-4000-8000-000000030001', '{11}', '{3}', 'confirmed', 555.00, 25),
                (3, '00000000-0000-4000-8000-000000030002', '{15,23}', '{1,1}', 'confirmed', 151.00, 12),
                (4, '00000000-0000-4000-8000-000000040001', '{14}', '{1}', 'confirmed', 450.00, 22),
                (4, '00000000-0000-4000-8000-000000040002', '{13}', '{1}', 'over_limit', 76.00, 2),
                (4, '00000000-0000-4000-8000-000000040003', '{29}', '{1}', 'confirmed', 22.00, 1),
                (5, '00000000-0000-4000-8000-000000050001', '{52}', '{1}', 'confirmed', 245.00, 20),
                (5, '00000000-0000-4000-8000-000000050002', '{54}', '{1}', 'confirmed', 110.00, 15),
                (6, '00000000-0000-4000-8000-000000060001', '{27,33}', '{1,1}', 'confirmed', 338.00, 18),
                (6, '00000000-0000-4000-8000-000000060002', '{28}', '{2}', 'confirmed', 64.00, 10),
                (6, '00000000-0000-4000-8000-000000060003', '{8}', '{1}', 'confirmed', 20.00, 4),
                (7, '00000000-0000-4000-8000-000000070001', '{12}', '{1}', 'confirmed', 320.00, 26),
                (7, '00000000-0000-4000-8000-000000070002', '{20}', '{1}', 'confirmed', 149.00, 17),
                (7, '00000000-0000-4000-8000-000000070003', '{23,45}', '{2,1}', 'confirmed', 31.00, 6),
                (8, '00000000-0000-4000-8000-000000080001', '{43,44,45,50}', '{1,1,4,2}', 'confirmed', 99.00, 8),
                (9, '00000000-0000-4000-8000-000000090001', '{61,63}', '{1,2}', 'confirmed', 84.00, 23),
                (9, '00000000-0000-4000-8000-000000090002', '{3,10}', '{1,1}', 'confirmed', 55.50, 13),
                (9, '00000000-0000-4000-8000-000000090003', '{58}', '{1}', 'confirmed', 165.00, 5),
                (10, '00000000-0000-4000-8000-000000100001', '{1,5}', '{2,1}', 'confirmed', 62.00, 27),
                (10, '00000000-0000-4000-8000-000000100002', '{61,62}', '{1,1}', 'confirmed', 88.00, 21),
                (10, '00000000-0000-4000-8000-000000100003', '{53}', '{1}', 'confirmed', 129.00, 14),
                (10, '00000000-0000-4000-8000-000000100004', '{19,36}', '{1,3}', 'confirmed', 100.00, 7),
                (10, '00000000-0000-4000-8000-000000100005', '{2,49,68}', '{1,1,1}', 'confirmed', 101.00, 3)
        ) AS p (customer_id, purchase_id, product_ids, quantities, outcome, total, days_ago)
        ORDER BY days_ago DESC
    LOOP
        PERFORM set_config('demo.now', (clock_timestamp() - v_purchase.days_ago * interval '23 hours 47 minutes'
                                        - interval '3 minutes')::text, true);
        SELECT r.outcome, r.total
        INTO v_receipt
        FROM store.place_purchase(v_purchase.customer_id, v_purchase.purchase_id, store.clock() - interval '1 minute',
                                  v_purchase.total, v_purchase.product_ids, v_purchase.quantities,
                                  array_fill(NULL::numeric, ARRAY[cardinality(v_purchase.product_ids)])) r;
        IF (v_receipt.outcome, v_receipt.total) IS DISTINCT FROM (v_purchase.outcome, v_purchase.total) THEN
            RAISE EXCEPTION 'purchase % of customer % is % at %, not % at %', v_purchase.purchase_id, v_purchase.customer_id,
                v_receipt.outcome, v_receipt.total, v_purchase.outcome, v_purchase.total;
        END IF;
    END LOOP;
END
$body$;

-- A cut below what is bought undoes nothing: customer 5 is over by $105.00.
DO $body$
DECLARE
    v_change record;
BEGIN
    PERFORM set_config('demo.now', (clock_timestamp() - interval '5 hours')::text, true);
    SELECT r.outcome, r.over_by
    INTO v_change
    FROM store.change_limit(5, '00000000-0000-4000-8000-000000050000', 'lifetime', NULL, 250.00, NULL, NULL,
                            'Asked to spend less this year', 'demo') r;
    IF (v_change.outcome, v_change.over_by) IS DISTINCT FROM ('changed', 105.00) THEN
        RAISE EXCEPTION 'the limit of customer 5 is %, over by %', v_change.outcome, v_change.over_by;
    END IF;
END
$body$;

-- Purchases that wait or came back, for admins to look at: customer 11 ordered something that has no price yet, customer 4 asks
-- for what was refused, customer 9 returned a part.
DO $body$
DECLARE
    v_outcome text;
BEGIN
    PERFORM set_config('demo.now', (clock_timestamp() - interval '4 hours')::text, true);
    SELECT r.outcome
    INTO v_outcome
    FROM store.place_purchase(11, '00000000-0000-4000-8000-000000110001', store.clock() - interval '1 minute', 154.00,
                              '{1,35}', '{1,1}', '{NULL,140.00}') r;
    IF v_outcome IS DISTINCT FROM 'processing' THEN
        RAISE EXCEPTION 'the purchase of customer 11 is %, not processing', v_outcome;
    END IF;

    SELECT r.outcome
    INTO v_outcome
    FROM store.ask_approval(4, '00000000-0000-4000-8000-000000040002',
                            'The stool goes with the armchair; I will not need more this year.') r;
    IF v_outcome IS DISTINCT FROM 'asked' THEN
        RAISE EXCEPTION 'the question of customer 4 is %, not asked', v_outcome;
    END IF;

    SELECT r.outcome
    INTO v_outcome
    FROM store.refund_purchase(9, '00000000-0000-4000-8000-000000090002', '00000000-0000-4000-8000-000000099001', NULL,
                               '{10}', '{1}', 'The whisk arrived bent', 'demo') r;
    IF v_outcome IS DISTINCT FROM 'refunded' THEN
        RAISE EXCEPTION 'the refund of customer 9 is %, not refunded', v_outcome;
    END IF;
END
$body$;

-- Limits of other kinds: customer 2 may buy for $300.00 a week, customer 6 for more until two weeks from now, and customer 8 asks
-- for more.
DO $body$
DECLARE
    v_outcome text;
BEGIN
    PERFORM set_config('demo.now', clock_timestamp()::text, true);
    SELECT r.outcome
    INTO v_outcome
    FROM store.change_limit(2, '00000000-0000-4000-8000-000000020000', 'week', NULL, 300.00, NULL, NULL,
                            'Asked for a weekly budget', 'demo') r;
    IF v_outcome IS DISTINCT FROM 'changed' THEN
        RAISE EXCEPTION 'the weekly limit of customer 2 is %, not changed', v_outcome;
    END IF;

    SELECT r.outcome
    INTO v_outcome
    FROM store.change_limit(6, '00000000-0000-4000-8000-000000060000', 'lifetime', NULL, 700.00, NULL,
                            (date_trunc('day', clock_timestamp() AT TIME ZONE 'America/New_York') + interval '15 days')
                                AT TIME ZONE 'America/New_York',
                            'Presents for the whole family', 'demo') r;
    IF v_outcome IS DISTINCT FROM 'changed' THEN
        RAISE EXCEPTION 'the limit of customer 6 is %, not changed', v_outcome;
    END IF;

    SELECT r.outcome
    INTO v_outcome
    FROM store.request_limit(8, '00000000-0000-4000-8000-000000088001', 'lifetime', 900.00, NULL,
                             'We are planting the whole garden this spring.', 'customer 8') r;
    IF v_outcome IS DISTINCT FROM 'requested' THEN
        RAISE EXCEPTION 'the request of customer 8 is %, not requested', v_outcome;
    END IF;
END
$body$;

-- Withdrawn after it was bought: the last purchase of customer 10 keeps its line.
UPDATE store.product
SET withdrawn_at = clock_timestamp()
WHERE product_id = 68;

-- Where that leaves everybody: bought, of their limit.
DO $body$
DECLARE
    v_wrong text;
BEGIN
    SELECT string_agg(format('customer %s bought %s of %s, not %s of %s', customer_id, a.amount, a.limit_amount,
                             expected.amount, expected.limit_amount), '; ' ORDER BY customer_id)
    INTO v_wrong
    FROM store.customer_purchased_amount a
    FULL JOIN (
        VALUES
            (1, 113.00, 500.00),
            (2, 218.00, 500.00),
            (3, 706.00, 800.00),
            (4, 472.00, 500.00),
            (5, 355.00, 250.00),
            (6, 422.00, 700.00),
            (7, 500.00, 500.00),
            (8, 99.00, 500.00),
            (9, 295.00, 500.00),
            (10, 480.00, 500.00),
            (11, 0.00, 500.00),
            (12, 0.00, 500.00)
    ) AS expected (customer_id, amount, limit_amount) USING (customer_id)
    WHERE (a.amount, a.limit_amount) IS DISTINCT FROM (expected.amount, expected.limit_amount);
    IF v_wrong IS NOT NULL THEN
        RAISE EXCEPTION '%', v_wrong;
    END IF;
END
$body$;

-- The next category, product and customer come after these.
SELECT setval(pg_get_serial_sequence('store.category', 'category_id'), (SELECT max(c.category_id) FROM store.category c)),
       setval(pg_get_serial_sequence('store.product', 'product_id'), (SELECT max(p.product_id) FROM store.product p)),
       setval('store.customer_id_sequence', (SELECT max(c.customer_id) FROM store.customer c));

-- So that raises that take two admins can be tried.
DO $body$
DECLARE
    v_outcome text;
BEGIN
    SELECT r.outcome
    INTO v_outcome
    FROM store.store_setting s
    CROSS JOIN LATERAL store.change_settings(
        s.version, s.default_limit, s.default_day_limit, s.default_week_limit, s.default_month_limit, s.default_year_limit,
        s.quote_life, s.hold_life, s.approval_life, s.raise_delay, s.deferred_confirmation, s.refund_restores_allowance,
        second_admin_above => 5000.00, week_starts_on => s.week_starts_on, time_zone => s.time_zone,
        notice_percents => s.notice_percents, reason => 'Nobody raises a limit that far alone', actor => 'demo') r;
    IF v_outcome IS DISTINCT FROM 'changed' THEN
        RAISE EXCEPTION 'the settings are %, not changed', v_outcome;
    END IF;
END
$body$;

-- As functions/clock.sql has it.
CREATE OR REPLACE FUNCTION store.clock() RETURNS timestamptz
LANGUAGE sql -- an expression: it becomes part of what calls it
VOLATILE
AS $body$
    SELECT clock_timestamp()
$body$;
