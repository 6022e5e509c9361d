/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * html: text on its way into a page.
 */
#ifndef VMASCOPE_SERVER_HTML_H
#define VMASCOPE_SERVER_HTML_H

#include "buffer.h"

/* Appends text that is text and nothing else wherever it lands, between tags or
 * in an attribute with quotes around it. */
void html_text(struct buffer *html, const char *text);
/*
 * Appends what the format says, in which %s is replaced by the next text, escaped,
 * and nothing else is: html_format(html, "<p class=\"%s\">%s</p>", kind, text).
 */
void html_format(struct buffer *html, const char *format, ...);

#endif
