/* SPDX-License-Identifier: GPL-2.0-only */
#include "rmap_json.h"

const struct field rmap_json_fields[] = {
	RMAP_FIELDS(rmap_row, ),
	FIELD_END,
};
