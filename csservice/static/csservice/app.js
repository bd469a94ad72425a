/* The scripts of the staff's pages. Order matters for `submit`: ask first, then see whether there is a
   connection, then guard against a second send. */
import "./words.js";
import "./dialogs.js";
import "./live.js";
import "./forms.js";
import "./sla.js";
import "./focus.js";
import "./keys.js";
import "./drafts.js";
import "./toast.js";
import "./drawer.js";
import "./newcontact.js";
import "./desk.js";
import "./copy.js";
import "./macros.js";
