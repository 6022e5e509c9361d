/* SPDX-License-Identifier: GPL-2.0-only */
#include "html.h"

#include <stdarg.h>

static const char *escape(char byte)
{
	switch (byte) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

void html_text(struct buffer *html, const char *text)
{
	for (; *text; text++)
		if (escape(*text))
			buffer_text(html, escape(*text));
		else
			buffer_append(html, text, 1);
}

void html_format(struct buffer *html, const char *format, ...)
{
	va_list texts;

	va_start(texts, format);
	while (*format) {
		const char *next = strstr(format, "%s");
		size_t size = next ? (size_t)(next - format) : strlen(format);

		buffer_append(html, format, size);
		format += size;
		if (!next)
			break;
		html_text(html, va_arg(texts, const char *));
		format += 2;
	}
	va_end(texts);
}
