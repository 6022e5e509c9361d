/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * glossary: what the names of fields mean. A name means the same in every
 * resource; where it needs more words in one, the field says so itself.
 */
#ifndef VMASCOPE_SERVER_GLOSSARY_H
#define VMASCOPE_SERVER_GLOSSARY_H

struct glossary_term {
	const char *name;
	const char *description; /* NULL: the name says it */
	const char *example; /* a value, as JSON; NULL: any of its kind */
};

/* In order of the names, ended by one without a name. */
extern const struct glossary_term glossary[];

/* NULL where there is none. */
const struct glossary_term *glossary_find(const char *name);

#endif
