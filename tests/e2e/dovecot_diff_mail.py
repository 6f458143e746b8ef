"""Messages for dovecot_diff.py: name -> octets. Most are broken in one way each."""


def mail(text, encoding="utf-8"):
    return text.lstrip("\n").replace("\n", "\r\n").encode(encoding)


def parts(header, *bodies, end="\n--b--\n", top="Content-Type: multipart/mixed; boundary=b"):
    return mail(f"From: a@example.test\nSubject: {header}\nMIME-Version: 1.0\n{top}\n\n"
                "a preamble\n" + "".join("--b\n" + b for b in bodies)[:-1] + end)


def typed(value, body="some text\n"):
    return mail(f"From: a@example.test\nMIME-Version: 1.0\nContent-Type: {value}\n\n{body}")


def address(value):
    return mail(f"From: a@example.test\nTo: {value}\nSubject: addresses\n\ntext\n")


def dated(value):
    return mail(f"From: a@example.test\nDate: {value}\nSubject: dates\n\ntext\n")


PLAIN = "Content-Type: text/plain\n\npart text\n"
INNER = ("Content-Type: message/rfc822\n\nSubject: inner\nFrom: i@example.test\n\n"
         "inner text\n")
MESSAGES = {
    "plain": mail("""
From: Ann Example <ann@example.test>
To: "B, Ob" <bob@example.test>, carl@example.test (Carl)
Cc: team: d@example.test, e@example.test;
Subject: =?utf-8?Q?Br=C3=BCcke?= over it
Date: Mon, 2 Mar 2026 09:00:00 +0100
Message-ID: <1@example.test>
In-Reply-To: <0@example.test>

Over the bridge.
"""),
    "no header": mail("\n\nbody alone\n"),
    "header alone": mail("Subject: nothing below\n"),
    "folded": mail("From: a@example.test\nSubject: one\n\ttwo\n three\nX-Two: first\n"
                   "X-Two: second\n\ntext\n"),
    "two of each": mail("From: a@example.test\nFrom: b@example.test\nSubject: 1\n"
                        "Subject: 2\nTo: c@example.test\nTo: d@example.test\n\ntext\n"),
    "alternative": parts("alternative", PLAIN, "Content-Type: text/html\n\n<p>x</p>\n",
                         top="Content-Type: multipart/alternative; boundary=b"),
    "attachment": parts("file", PLAIN, "Content-Type: application/pdf; name*0=a; "
                        "name*1=\"b.pdf\"\nContent-Disposition: attachment; "
                        "filename*=utf-8''%C3%A4.pdf\nContent-Transfer-Encoding: base64\n"
                        "Content-ID: <i>\nContent-Description: a file\n"
                        "Content-Language: de, en\nContent-Location: x\n"
                        "Content-MD5: Q2h\n\nc2VjcmV0\n"),
    "epilogue": parts("epilogue", PLAIN, end="\n--b--\nepilogue\n"),
    "no end": parts("no end", PLAIN, PLAIN, end="\n"),
    "no parts": parts("no parts", end=""),
    "no boundary": parts("no boundary", PLAIN, top="Content-Type: multipart/mixed"),
    "inner message": parts("outer", PLAIN, INNER),
    "inner multipart": parts(
        "outer", "Content-Type: message/rfc822\n\nSubject: inner\n"
        "Content-Type: multipart/mixed; boundary=c\n\n--c\n\nA\n--c\n\nB\n--c--\n\n"),
    "inner end before outer": parts(
        "outer", "Content-Type: message/rfc822\n\nSubject: inner\n"
        "Content-Type: multipart/mixed; boundary=c\n\n--c\n\nA\n--c--\n"),
    "header cut by boundary": parts("cut", PLAIN, "Content-Type: message/rfc822\n\n"
                                    "X: a\n# no end of header\n"),
    "digest": parts("digest", "\nSubject: inner\n\ninner text\n",
                    top="Content-Type: multipart/digest; boundary=b"),
    "report": parts("report", PLAIN, "Content-Type: message/delivery-status\n\n"
                    "Reporting-MTA: dns; example.test\n", INNER,
                    top="Content-Type: multipart/report; report-type=delivery-status;"
                    "\n\tboundary=b"),
    "prefix boundary": mail("""
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/mixed; boundary=bb

--bb

inner
--bb--
--b--
"""),
    "long boundary": mail(f"Content-Type: multipart/mixed; boundary={'x' * 82}\n\n"
                          f"--{'x' * 82}\n\ninner\n--{'x' * 82}--\n"),
    "boundary with =": mail("Content-Type: multipart/mixed; boundary=--=_1\n\n"
                            "----=_1\n\none\n----=_1\n\ntwo\n----=_1--\n"),
    "missing semicolon": typed('application/pdf name="x"'),
    "no subtype": typed("application; name=x"),
    "a word alone": typed("text"),
    "empty type": typed(""),
    "slash in value": typed("text/plain; name=a/b; charset=us-ascii"),
    "encoded word as value": typed("text/plain; name==?utf-8?Q?a=20b?=; x=y"),
    "encoded quotes": typed('text/plain; charset=\\"us-ascii\\"'),
    "comments": typed("text (c) / (d) html (e); charset (f) = (g) utf-8 (h)"),
    "odd parameters": typed('text/plain; b=; c="un;quoted"; d=(x) e; f="" g'),
    "parameter without value": typed("text/plain; a; b=c"),
    "open quotes": typed('text/plain; a="b'),
    "repeated parameter": typed("text/plain; a=1; a=2; b*0=1; b*0=2"),
    "parameter pieces missing": typed("text/plain; name*0=a; name*2=c"),
    "disposition unreadable": mail("Content-Type: text/plain\n"
                                   "Content-Disposition: =?utf-8?Q?invalid?=\n\nx\n"),
    "two dispositions": mail("Content-Type: text/plain\nContent-Disposition: inline\n"
                             "Content-Disposition: attachment; filename=x\n\nx\n"),
    "encoding with semicolon": mail("Content-Type: text/plain\n"
                                    "Content-Transfer-Encoding: base64;\n\ndGV4dA==\n"),
    "encoding unknown": mail("Content-Type: text/plain\n"
                             "Content-Transfer-Encoding: 7-bit\n\nsome text\n"),
    "encoding empty": mail("Content-Type: text/plain\n"
                           "Content-Transfer-Encoding:\n\nsome text\n"),
    "route": address("A <@x.test,@y.test:b@example.test>"),
    "empty members": address("a@example.test, , b@example.test"),
    "name alone": address("Mary Smith"),
    "quotes in encoded word": address('=?UTF-8?Q?"Peter"?= <p@example.test>'),
    "two words in brackets": address('"x@" <example.test y@example.test>'),
    "unquoted at in name": address("a@example.test, B@C <d@example.test>, e@example.test"),
    "from without host": mail("From: root\nTo: x\nSubject: addresses\n\ntext\n"),
    "open group": address("friends: a@example.test, b@example.test"),
    "obsolete dots": address("a .b@ example. test, c@(x) example.test"),
    "spaced dots": address("a . b @ example . test"),
    "dot at the end": address("c.@example.test"),
    "domain literal": address("a@[127.0.0.1], <b@[IPv6:::1]>"),
    "comments in address": address("(x) a (y) @ (z) example.test (Name)"),
    "before 1970": dated("Thu, 13 Feb 1969 23:32 -0330"),
    "fraction of a second": dated("Tue, 17 Jul 2012 22:23:35.882 +0000"),
    "two digits": dated("21 Nov 97 09:55:06 GMT"),
    "no date": dated("tomorrow"),
    "8-bit subject": mail("From: a@example.test\nSubject: Br\u00fccke\n\ntext\n", "latin-1"),
    "8-bit body": mail("From: a@example.test\nSubject: 8 bits\n\nBr\u00fccke\n", "latin-1"),
    "quoted-printable": mail("Content-Type: text/plain; charset=iso-8859-1\n"
                             "Content-Transfer-Encoding: quoted-printable\n\nBr=FCc=\nke\n"),
    "space line in header": mail("Subject: x\n \nX: y\n\ntext\n"),
    "junk line in header": mail("Subject: x\njunk\nX: y\n\ntext\n"),
    "colon spaced": mail("Subject : x\nFrom\t: a@example.test\n\ntext\n"),
}
