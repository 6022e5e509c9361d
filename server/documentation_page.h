/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * documentation_page: the page that explains all resources, as HTML without
 * scripts; its stylesheet is server/page/api.css.
 */
#ifndef VMASCOPE_SERVER_DOCUMENTATION_PAGE_H
#define VMASCOPE_SERVER_DOCUMENTATION_PAGE_H

#include "buffer.h"

/* Appends the page; memory errors stay in the buffer. */
void documentation_page_write(struct buffer *html);

#endif
