/* SPDX-License-Identifier: GPL-2.0-only */
/* What has happened while the page was open, in few words, and what to do about it. */
import { signal } from "@preact/signals";
import {
  collector,
  news,
  newest_age_s,
  replaced,
  retry_now,
  show_newest,
  show_replaced,
  trouble,
  type News,
} from "../state/live";
import { is_empty, snapshot_id } from "../state/snapshots";
import { news_sentence } from "../text/sentences";
import { duration } from "../text/units";
import { Modal } from "./modal";

/** Without a collector's word it is only a guess that none runs. */
const STALE_AFTER_S = 300;

const explaining = signal(false);

/** How to start a collector. */
export function StartCollector() {
  return (
    <>
      <p>Start the collector, as root, with the database that this server reads:</p>
      <pre>sudo vmascope-collector --db FILE --interval 10s</pre>
      <p>or take a single snapshot:</p>
      <pre>sudo vmascope-collector --db FILE --once</pre>
      <p>
        <code>vmascope-collector --check</code> tells what the kernel or the permissions lack, if anything.
      </p>
    </>
  );
}

function Explanation() {
  const close = () => (explaining.value = false);
  return (
    <Modal label="No collector" closed={close}>
      <h2>{collector.value === "none" ? "A recorded history" : "The collector stopped"}</h2>
      <p>
        No collector runs with this database: no snapshot is added, labelled or pinned. All that there are can
        be read and compared. With a replayed recording or a copied database that is as it should be; to go on
        recording:
      </p>
      <StartCollector />
      <div class="actions">
        <button type="button" class="primary" data-first onClick={close}>
          Close
        </button>
      </div>
    </Modal>
  );
}

const REPLACED = "The database was replaced; what is shown is of the one before";
const REPLACED_GONE =
  "The database is gone; what is shown was loaded before. Put it back, or start a collector with it";

/** In how far what is shown is no longer what there is. */
function State() {
  const age = newest_age_s.value;
  const old = age === null ? "" : `newest snapshot is ${duration(age * 1e9)} old`;
  const gone = replaced.value?.latest === null;
  if (trouble.value !== null)
    return (
      <>
        <span class="warn" title={trouble.value}>
          {trouble.value.split(". ")[0]}; what is shown was loaded before
        </span>
        <button type="button" onClick={retry_now}>
          Retry
        </button>
      </>
    );
  if (replaced.value)
    return (
      <>
        <span class="warn" title={gone ? REPLACED_GONE : REPLACED}>
          {gone ? REPLACED_GONE : REPLACED}
        </span>
        <button type="button" onClick={show_replaced}>
          {gone ? "Look again" : "Show the new one"}
        </button>
      </>
    );
  if (is_empty.value) return null;
  if (collector.value === "stopped" || collector.value === "none")
    return (
      <button
        type="button"
        class={collector.value === "none" ? "link quiet" : "link"}
        aria-haspopup="dialog"
        title={`No collector adds snapshots. What does that mean? ${old}`}
        onClick={() => (explaining.value = true)}
      >
        {collector.value === "none" ? "recorded history" : "the collector stopped"}
        {old && ` · ${old}`}
      </button>
    );
  if (collector.value === null && age !== null && age > STALE_AFTER_S)
    return (
      <span class="faint" title="Is vmascope-collector still running?">
        {old}
      </span>
    );
  return null;
}

function Fresh({ fresh }: { fresh: News }) {
  return (
    <button
      type="button"
      class="fresh"
      title="What is shown stays as it is until you take this  l"
      aria-keyshortcuts="l"
      onClick={() => void show_newest()}
    >
      {news_sentence(fresh)} <span class="faint still">still shown: #{snapshot_id.value}</span>{" "}
      <span class="show">show</span>
    </button>
  );
}

/** Which news were told aloud: one of many that come every few seconds is enough. */
let told = false;

export function Notices() {
  /* What cannot be shown now is no offer. */
  const fresh = trouble.value === null && replaced.value === null ? news.value : null;
  const again = told && fresh !== null;
  told = fresh !== null;
  return (
    <>
      <div class="notices">
        <div class="state" role="status">
          <State />
        </div>
        <div class="news" role="status" aria-live={again ? "off" : "polite"}>
          {fresh && <Fresh fresh={fresh} />}
        </div>
      </div>
      {explaining.value && <Explanation />}
    </>
  );
}
