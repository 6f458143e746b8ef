/* Sample mailbox: what alice has, an engineer building a footbridge; all invented. */
#include "tests/ewsim/demo_data.h"

static const struct demo_folder folders[] = {
	{ "inbox", NULL, "Posteingang", "inbox", "IPF.Note" },
	{ "drafts", NULL, "Entwürfe", "drafts", "IPF.Note" },
	{ "sent", NULL, "Gesendete Elemente", "sentitems", "IPF.Note" },
	{ "deleted", NULL, "Gelöschte Elemente", "deleteditems", "IPF.Note" },
	{ "junk", NULL, "Junk-E-Mail", "junkemail", "IPF.Note" },
	{ "outbox", NULL, "Postausgang", "outbox", "IPF.Note" },
	{ "calendar", NULL, "Kalender", "calendar", "IPF.Appointment" },
	{ "team", "calendar", "Team", NULL, "IPF.Appointment" },
	{ "holidays", "calendar", "Feiertage", NULL, "IPF.Appointment" },
	{ "contacts", NULL, "Kontakte", "contacts", "IPF.Contact" },
	{ "tasks", NULL, "Aufgaben", "tasks", "IPF.Task" },
	{ "notes", NULL, "Notizen", "notes", "IPF.StickyNote" },
	{ "later", "inbox", "Später lesen", NULL, "IPF.Note" },
	{ "projects", NULL, "Projekte", NULL, "IPF.Note" },
	{ "bridge", "projects", "Brücke", NULL, "IPF.Note" },
	{ "offers", "bridge", "Angebote", NULL, "IPF.Note" },
	{ "minutes", "bridge", "Protokolle", NULL, "IPF.Note" },
	{ "photos", "bridge", "Fotos", NULL, "IPF.Note" },
	{ "tower", "projects", "Turm", NULL, "IPF.Note" },
	{ "slash", NULL, "Ein/Aus", NULL, "IPF.Note" },
	{ "amp", NULL, "Müller & Söhne", NULL, "IPF.Note" },
	{ "ideas", NULL, "🌉 Ideen", NULL, "IPF.Note" },
	{ "japan", NULL, "東京事務所", NULL, "IPF.Note" },
	{ "invoices", NULL, "Rechnungen", NULL, "IPF.Note" },
	{ "lists", NULL, "Listen", NULL, "IPF.Note" },
	{ "stegbau", "lists", "stegbau", NULL, "IPF.Note" },
	{ "news", "lists", "Steg & Strom", NULL, "IPF.Note" },
	{ "archive", NULL, "Archiv", NULL, "IPF.Note" },
	{ "empty", "archive", "Leer", NULL, "IPF.Note" },
};

static const struct demo_row rows[] = {
	/* The handrail: a conversation in German. */
	{ "inbox", FRIEDA, ALICE, 9, 490, SHAPE_PLAIN, "ISO-8859-1",
	  DEMO_READ | DEMO_ANSWERED, NULL, NULL, "rail", "Geländer: Höhe über dem Gehweg",
	  "Liebe Alice,\n\ndas Bauamt möchte jetzt 1,30 m statt 1,20 m, weil auch "
	  "Fahrräder über den Steg dürfen. Das ändert die Füllstäbe und damit das "
	  "Gewicht. Rechnest du das noch einmal durch?\n\nGrüße\nFrieda\n" },
	{ "sent", ALICE, FRIEDA, 9, 560, SHAPE_PLAIN, NULL, DEMO_READ, NULL, NULL, "rail",
	  "AW: Geländer: Höhe über dem Gehweg",
	  "Liebe Frieda,\n\nmache ich heute Nachmittag. Überschlägig sind es 4 kg je "
	  "Meter mehr, das trägt der Randbalken.\n\nAlice\n" },
	{ "inbox", HENRIK, ALICE, 8, 480, SHAPE_ALT, "windows-1252",
	  DEMO_READ | DEMO_FLAGGED, "Rote Kategorie", NULL, "rail",
	  "AW: Geländer: Höhe über dem Gehweg",
	  "Moment – die Pfosten haben wir mit 1,20 m bestellt. Der Händler nimmt sie "
	  "„ungern“ zurück, verlangt 15 % und liefert frühestens in drei Wochen.\n\n"
	  "Henrik\n" },
	{ "inbox", FRIEDA, ALICE, 7, 615, SHAPE_PLAIN, "ISO-8859-1", DEMO_READ, NULL,
	  NULL, "rail", "AW: Geländer: Höhe über dem Gehweg",
	  "Dann schweißen wir oben einen Aufsatz an. Sieht ohnehin besser aus.\n\nF.\n" },
	{ "inbox", HENRIK, ALICE, 1, 520, SHAPE_PLAIN, "windows-1252", 0, NULL,
	  "png:Aufsatz Entwurf.png", "rail", "AW: Geländer: Höhe über dem Gehweg",
	  "Skizze für den Aufsatz anbei. 50 € je Pfosten – passt das?\n\nHenrik\n" },
	/* Steel from France. */
	{ "inbox", CHLOE, ALICE, 12, 555, SHAPE_ALT, "ISO-8859-1",
	  DEMO_READ | DEMO_ANSWERED, NULL, "pdf:Devis tôles épaisses.pdf", "steel",
	  "Devis pour les tôles de la passerelle",
	  "Bonjour Alice,\n\nvoici notre devis pour les tôles. Le délai est de six "
	  "semaines après réception de vos plans définitifs ; la peinture n'est pas "
	  "comprise.\n\nBien à vous,\nChloé\n" },
	{ "sent", ALICE, CHLOE, 11, 500, SHAPE_PLAIN, NULL, DEMO_READ, NULL, NULL,
	  "steel", "Re: Devis pour les tôles de la passerelle",
	  "Bonjour Chloé,\n\nmerci, c'est clair. Est-ce qu'une livraison en deux fois "
	  "serait possible ? Le quai est étroit.\n\nAlice\n" },
	{ "inbox", CHLOE, ALICE, 10, 610, SHAPE_PLAIN, "ISO-8859-1", DEMO_READ, NULL,
	  NULL, "steel", "Re: Devis pour les tôles de la passerelle",
	  "Oui, sans supplément si les deux camions partent la même "
	  "semaine.\n\nChloé\n" },
	{ "offers", CHLOE, ALICE, 40, 500, SHAPE_PLAIN, "ISO-8859-1",
	  DEMO_READ | DEMO_FORWARDED, NULL, "zip:Première offre.zip|txt:lisez-moi.txt",
	  NULL, "Première offre", "Ci-joint notre première offre, avec les plans.\n" },
	/* The tower, Japan, ropes, China. */
	{ "japan", KEN, ALICE, 15, 60, SHAPE_PLAIN, "ISO-2022-JP",
	  DEMO_READ | DEMO_ANSWERED, NULL, NULL, "tokyo", "歩道橋の手すりについて",
	  "アリス様\n\nお世話になっております。橋本です。\n手すりの木材の見本を来週"
	  "お送りします。\n色は三種類あります。ご確認ください。\n\n橋本 健\n" },
	{ "sent", ALICE, KEN, 14, 480, SHAPE_PLAIN, NULL, DEMO_READ, NULL, NULL, "tokyo",
	  "Re: 歩道橋の手すりについて",
	  "Dear Ken,\n\nthank you (ありがとうございます). We look forward to the "
	  "samples.\n\n"
	  "Alice\n" },
	{ "japan", KEN, ALICE, 13, 45, SHAPE_PLAIN, "Shift_JIS", 0, "Wichtig",
	  "png:見本の写真.png", "tokyo", "Re: 歩道橋の手すりについて",
	  "見本の写真を添付します。雨の日は少し濃く見えます。\n\n橋本\n" },
	{ "japan", KEN, ALICE, 5, 70, SHAPE_ALT, NULL, DEMO_READ, NULL,
	  "pdf:見積書(第二版)と納期の説明.pdf", NULL, "お見積書の送付",
	  "お見積書をお送りします。納期は六週間です。\n" },
	{ "inbox", DMITRI, ALICE, 6, 420, SHAPE_PLAIN, "KOI8-R", DEMO_READ, NULL, NULL,
	  "rope", "Канаты для моста",
	  "Здравствуйте, Алиса!\n\nКанаты испытаны: разрывное усилие на восемь "
	  "процентов выше заданного. Протокол пришлю завтра.\n\nДмитрий\n" },
	{ "inbox", DMITRI, ALICE, 5, 400, SHAPE_PLAIN, "KOI8-R", 0, NULL,
	  "pdf:Протокол испытаний.pdf", "rope", "Re: Канаты для моста",
	  "Протокол испытаний во вложении.\n" },
	{ "inbox", LI, ALICE, 4, 130, SHAPE_PLAIN, "GB18030", DEMO_READ, NULL, NULL, NULL,
	  "人行桥照明方案",
	  "您好!\n\n照明方案已经完成,共有二十四盏灯,每盏六瓦。"
	  "请您看一下。\n\n林晓雨\n" },
	/* Bob. */
	{ "sent", ALICE, BOB, 4, 505, SHAPE_ALT, NULL, DEMO_READ, NULL,
	  "pdf:Bearing schedule.pdf", "bearings", "Bearing schedule",
	  "Hello Bob,\n\nthe schedule for the four bearings is attached. Could you check "
	  "the two on the river side? The supplier has changed the plate thickness.\n\n"
	  "Alice\n" },
	{ "inbox", BOB, ALICE, 3, 550, SHAPE_PLAIN, NULL, DEMO_READ | DEMO_ANSWERED,
	  "Project X", NULL, "bearings", "Re: Bearing schedule",
	  "Checked: numbers 3 and 4 are fine, number 2 needs 25 mm instead of 20.\n" },
	{ "sent", ALICE, BOB, 3, 580, SHAPE_PLAIN, NULL, DEMO_READ, NULL, NULL,
	  "bearings", "Re: Bearing schedule",
	  "Thank you. I'll have the drawing changed.\n" },
	/* The authority. */
	{ "inbox", BAUAMT, ALICE, 20, 440, SHAPE_SIGNED, NULL,
	  DEMO_READ | DEMO_FLAGGED | DEMO_HIGH, "Wichtig;Rote Kategorie", NULL, NULL,
	  "Bescheid: Nachforderung von Unterlagen",
	  "Sehr geehrte Frau Brückner,\n\nbitte reichen Sie bis zum Monatsende den "
	  "Nachweis der Standsicherheit für den Bauzustand nach.\n\nStelle 3\n" },
	{ "inbox", BAUAMT, ALICE, 2, 465, SHAPE_LONG_HEADER, NULL, 0, "Wichtig",
	  "pdf:Genehmigung.pdf", NULL, "Teilgenehmigung für die Widerlager",
	  "Sehr geehrte Frau Brückner,\n\ndie Teilgenehmigung ist erteilt und liegt "
	  "bei.\n\nStelle 3\n" },
	/* Shapes. */
	{ "inbox", GRACE, ALICE, 2, 1005, SHAPE_FLOWED, NULL, DEMO_READ, NULL, NULL, NULL,
	  "Wind tunnel, second run",
	  "Hi Alice,\n\nthe second run is done. Up to 38 m/s nothing happens that you "
	  "\nwould feel, beyond that the deck begins to sway sideways with a period of "
	  "\nabout two seconds.\n\n> Did you keep the old model?\n\nYes, it is in the "
	  "corner under the blanket.\n-- \nGrace\n" },
	{ "inbox", HENRIK, ALICE, 3, 700, SHAPE_RELATED, NULL, DEMO_READ, "Project X",
	  NULL, NULL, "Farbprobe Blau oder Grün?",
	  "So sähe der Steg in Blau aus. Mir gefällt er, dir auch?\n" },
	{ "inbox", FRIEDA, ALICE, 5, 735, SHAPE_FORWARD, "ISO-8859-1", DEMO_READ, NULL,
	  NULL, NULL, "WG: Anfrage eines Nachbarn",
	  "Kannst du das beantworten? Der Herr war schon zweimal hier.\n" },
	{ "inbox", ROBOT, ALICE, 4, 250, SHAPE_LONG_LINE, NULL, 0, NULL, NULL, NULL,
	  "Nachtlauf: eine sehr lange Zeile", "Ergebnis des Nachtlaufs:\n" },
	{ "inbox", HENRIK, ALICE, 2, 720, SHAPE_EMPTY, NULL, 0, NULL, NULL, NULL,
	  "Komme heute später", "" },
	{ "inbox", HENRIK, ALICE, 6, 721, SHAPE_EMPTY, NULL, DEMO_READ, NULL, NULL, NULL,
	  "", "" },
	{ "inbox", BOB, ALICE, 1, 600, SHAPE_INVITE, NULL, 0, NULL, NULL, NULL,
	  "Site walk with the divers", "Let us look at the pier foundations.\n" },
	{ "inbox", CHLOE, ALICE, 3, 800, SHAPE_ITIP_REPLY, NULL, DEMO_READ, NULL, NULL,
	  NULL, "Accepté : Réunion de chantier", "Je serai là.\n" },
	{ "inbox", ROBOT, ALICE, 8, 333, SHAPE_BOUNCE, NULL, DEMO_READ, NULL, NULL, NULL,
	  "Undeliverable: Einladung zum Richtfest",
	  "Your message could not be delivered to one recipient.\n" },
	{ "inbox", GRACE, ALICE, 7, 1100, SHAPE_PLAIN, NULL, DEMO_READ, NULL,
	  "big:Schwingungen Rohdaten.bin", NULL, "Vibration data, raw",
	  "All channels, about two megabytes. Please keep it, my disk is full.\n" },
	{ "inbox", LI, ALICE, 1, 90, SHAPE_ALT, NULL, 0, NULL, "png:灯光效果图.png", NULL,
	  "Lighting at dusk 🌆", "A first picture of the lamps at dusk. 请看附件。\n" },
	{ "inbox", TEAM, ALICE, 0, 400, SHAPE_ALT, NULL, 0, "Project X", NULL, NULL,
	  "Kuchen in der Küche 🍰", "Henrik hat Geburtstag. Es gibt Pflaumenkuchen.\n" },
	{ "inbox", FRIEDA, ALICE, 0, 430, SHAPE_PLAIN, "ISO-8859-1", DEMO_HIGH, NULL,
	  NULL, NULL, "Kran kommt schon morgen",
	  "Der Kran steht morgen ab 7 Uhr am Ostufer. Bitte sag den Anwohnern "
	  "Bescheid!\n\nFrieda\n" },
	{ "later", NEWS, ALICE, 16, 300, SHAPE_ALT, NULL, 0, NULL, NULL, NULL,
	  "Sonderheft: Holz unter Wasser",
	  "Pfähle halten tausend Jahre, wenn sie nass bleiben. Warum das so ist.\n" },
	{ "slash", ROBOT, ALICE, 18, 310, SHAPE_PLAIN, NULL, DEMO_READ | DEMO_LOW, NULL,
	  NULL, NULL, "Pumpe 1: ein", "Die Pumpe 1 wurde eingeschaltet.\n" },
	{ "slash", ROBOT, ALICE, 17, 310, SHAPE_PLAIN, NULL, DEMO_READ | DEMO_LOW, NULL,
	  NULL, NULL, "Pumpe 1: aus", "Die Pumpe 1 wurde ausgeschaltet.\n" },
	{ "amp", HENRIK, ALICE, 30, 600, SHAPE_ALT, "windows-1252", DEMO_READ, NULL,
	  "csv:Bohlen & Schrauben.csv", NULL, "Bestellung bei Müller & Söhne",
	  "Die Bestellung ist raus: 240 Bohlen Lärche, 1 920 Schrauben – Summe 8.140 "
	  "€.\n" },
	{ "ideas", ALICE, ALICE, 25, 1200, SHAPE_PLAIN, NULL, DEMO_READ, NULL, NULL, NULL,
	  "Idee: Klangstäbe im Geländer",
	  "Stäbe verschiedener Länge, dass man im Gehen eine Melodie streichen kann.\n" },
	{ "tower", GRACE, ALICE, 50, 1000, SHAPE_RELATED, NULL, DEMO_READ, NULL, NULL,
	  NULL, "Lookout tower: sway", "A picture of how the tower moves in a gale.\n" },
	{ "drafts", ALICE, BAUAMT, 1, 900, SHAPE_PLAIN, NULL, DEMO_READ | DEMO_DRAFT,
	  NULL, NULL, NULL, "Standsicherheit im Bauzustand",
	  "Sehr geehrte Damen und Herren,\n\nanbei der nachgeforderte Nachweis. Wir "
	  "haben dabei\n" },
	{ "drafts", ALICE, CHLOE, 0, 420, SHAPE_ALT, NULL, DEMO_READ | DEMO_DRAFT, NULL,
	  "pdf:Plans définitifs.pdf", NULL, "Plans définitifs", "Chère Chloé,\n\n" },
	{ "sent", ALICE, TEAM, 6, 840, SHAPE_RELATED, NULL, DEMO_READ, NULL, NULL, NULL,
	  "Der Steg am Abend",
	  "Heute bei Sonnenuntergang am Ufer. Bald steht da etwas von uns.\n" },
	{ "deleted", NEWS, ALICE, 11, 300, SHAPE_HTML, NULL, DEMO_READ, NULL, NULL, NULL,
	  "Nur heute: Messe-Karten", "Zwei Karten zum Preis von einer.\n" },
	{ "junk", LOTTERY, ALICE, 3, 100, SHAPE_HTML, NULL, 0, NULL, "zip:your-prize.zip",
	  NULL, "CONGRATULATIONS alice",
	  "Your address was drawn. Open the archive to claim it.\n" },
};

static const struct demo_series series[] = {
	{ 40,
	  7,
	  { "minutes", FRIEDA, TEAM, 3, 840, SHAPE_ALT, "ISO-8859-1", DEMO_READ, NULL,
	    NULL, NULL, "Protokoll der Baubesprechung {n}",
	    "Baubesprechung {n}\n\n1. Stand: Widerlager Ost zu {n} von 60 Teilen "
	    "fertig.\n"
	    "2. Wetter: zwei Tage Regen, Schalung trocken geblieben.\n"
	    "3. Nächste Schritte: Bewehrung prüfen, Beton für Montag bestellen.\n\n"
	    "Für das Protokoll: F. Oppermann\n" } },
	{ 40,
	  2,
	  { "stegbau", LIST, LIST, 1, 700, SHAPE_PLAIN, NULL, 0, NULL, NULL, NULL,
	    "[stegbau] Frage {n}: Bohlen quer oder längs?",
	    "Guten Tag,\n\nFrage {n} an die Runde: legt ihr Bohlen quer oder längs? Bei "
	    "uns "
	    "wird es längs nach zwei Wintern rutschig.\n\n_______________\nstegbau\n" } },
	{ 24,
	  14,
	  { "news", NEWS, ALICE, 2, 300, SHAPE_ALT, NULL, DEMO_READ, NULL, NULL, NULL,
	    "Steg & Strom, Ausgabe {n}",
	    "In Ausgabe {n}: Seile spleißen, Pfähle rammen, ein Besuch bei der längsten "
	    "Fußgängerbrücke des Landes.\n" } },
	{ 24,
	  15,
	  { "invoices", BOOKS, ALICE, 4, 500, SHAPE_PLAIN, NULL, 0, NULL,
	    "pdf:Rechnung {n}.pdf", NULL, "Rechnung Nr. {n} zur Prüfung",
	    "Bitte die Rechnung Nr. {n} sachlich prüfen und "
	    "freigeben.\n\nBuchhaltung\n" } },
	{ 16,
	  10,
	  { "photos", HENRIK, ALICE, 5, 900, SHAPE_RELATED, "windows-1252", DEMO_READ,
	    "Project X", "png:Baustelle {n}.png", NULL,
	    "Fotos von der Baustelle, Tag {n}",
	    "Neue Bilder, Tag {n} – das Gerüst steht.\n" } },
	{ 18,
	  5,
	  { "bridge", ROBOT, ALICE, 1, 240, SHAPE_PLAIN, NULL, 0, NULL,
	    "csv:messung-{n}.csv", NULL, "Messreihe {n}",
	    "Messreihe {n}: alle zwölf Messpunkte haben geantwortet.\n" } },
	{ 14,
	  3,
	  { "junk", LOTTERY, ALICE, 1, 77, SHAPE_HTML, NULL, 0, NULL, NULL, NULL,
	    "Final notice {n}: your parcel",
	    "Parcel {n} could not be delivered. Pay the fee of 1.99 now!\n" } },
	{ 12,
	  4,
	  { "deleted", ROBOT, ALICE, 2, 260, SHAPE_PLAIN, NULL, DEMO_READ, NULL, NULL,
	    NULL, "Sicherung {n} gelungen", "Die Sicherung {n} lief ohne Fehler.\n" } },
	{ 20,
	  7,
	  { "sent", ALICE, TEAM, 1, 930, SHAPE_PLAIN, NULL, DEMO_READ, NULL, NULL, NULL,
	    "Wochenbericht {n}",
	    "Liebe Leute,\n\nWoche {n} in einem Satz: es geht voran, nur die Farbe "
	    "fehlt. "
	    "Schönes Wochenende!\n\nAlice\n" } },
	{ 28,
	  11,
	  { "archive", BOB, ALICE, 60, 620, SHAPE_FLOWED, NULL, DEMO_READ, NULL, NULL,
	    NULL, "Survey notes {n}",
	    "Notes of survey {n}: the river has moved the gravel bank by half a metre \n"
	    "again; the reference point on the old mill is unharmed.\n\nBob\n" } },
	{ 14,
	  1,
	  { "inbox", ROBOT, ALICE, 0, 245, SHAPE_PLAIN, NULL, 0, NULL, NULL, NULL,
	    "Pegelstand, Meldung {n}",
	    "Meldung {n}: Pegel am Steg ohne Auffälligkeit.\n" } },
};

const struct demo_user_data demo_data_alice = {
	"alice",	 folders, ARRAY_LEN(folders), rows,
	ARRAY_LEN(rows), series,  ARRAY_LEN(series),
};
