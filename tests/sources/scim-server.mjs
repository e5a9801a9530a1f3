// A SCIM 2.0 server. The protocol (filters, paging, errors, schemas) is that of scimmy; only the rows are ours, in memory.
//   node scim-server.mjs [--port 0] [--users 1000] [--groups 20] [--token secret]
// Prints listening=http://127.0.0.1:PORT; SCIM is at /scim/v2. POST /control takes, besides what control.mjs says:
//   {"users": [row...], "groups": [row...]}   added, or merged into the row with that id; meta.lastModified becomes now if not given
//   {"deleteUsers": [id...], "deleteGroups": [id...]}
// and answers with the number of users and groups.
import { parseArgs } from "node:util";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";
import { createControl, isAuthorized, listen } from "./control.mjs";
import { enterprise, makeGroups, makeUsers } from "./people.mjs";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    users: { type: "string", default: "1000" },
    groups: { type: "string", default: "20" },
    token: { type: "string" },
  },
});

const users = new Map(makeUsers(Number(options.users)).map((user) => [user.id, user]));
const groups = new Map(makeGroups(Number(options.groups), [...users.values()]).map((group) => [group.id, group]));
let added = 0;

function save(rows, row, prefix) {
  const old = rows.get(row.id);
  const now = new Date().toISOString();
  const id = row.id ?? `${prefix}-added-${++added}`;
  const saved = { ...old, ...row, id, meta: { created: old?.meta.created ?? now, lastModified: now, ...row.meta } };
  if (old?.[enterprise] !== undefined && row[enterprise] !== undefined)
    saved[enterprise] = { ...old[enterprise], ...row[enterprise] };
  rows.set(id, saved);
  return saved;
}

// The library builds every row it is given, for each request: 1,000 of them take seconds. So it gets the asked page and
// the total, except where it would cut that page again (sorted, or beginning within the first page) or begins anew
// (beyond the end).
function page(resource, rows) {
  const { startIndex = 1, count = 20, sortBy } = resource.constraints ?? {};
  const first = startIndex - 1;
  if (sortBy !== undefined || first >= rows.length || (first > 0 && first < count) || first < 0 || count < 0) return rows;
  resource.constraints = { ...resource.constraints, totalResults: rows.length };
  return rows.slice(first, first + count);
}

function declare(Resource, rows, prefix) {
  SCIMMY.Resources.declare(Resource, {
    egress: (resource) => {
      if (resource.id) return rows.get(resource.id) ?? Promise.reject(new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`));
      return page(resource, resource.filter ? resource.filter.match([...rows.values()]) : [...rows.values()]);
    },
    ingress: (resource, row) => save(rows, { ...JSON.parse(JSON.stringify(row)), meta: {}, ...(resource.id && { id: resource.id }) }, prefix),
    degress: (resource) => {
      if (!rows.delete(resource.id)) throw new SCIMMY.Types.Error(404, null, `Resource ${resource.id} not found`);
    },
  });
}

declare(SCIMMY.Resources.User, users, "user");
declare(SCIMMY.Resources.Group, groups, "group");
SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser);

const sizes = () => ({ users: users.size, groups: groups.size });
const control = createControl((command) => {
  for (const user of command.users ?? []) save(users, user, "user");
  for (const group of command.groups ?? []) save(groups, group, "group");
  for (const id of command.deleteUsers ?? []) users.delete(id);
  for (const id of command.deleteGroups ?? []) groups.delete(id);
  return sizes();
}, sizes);

const app = express();
app.use(control);
app.use(
  "/scim/v2",
  new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
      if (!isAuthorized(request, options.token)) throw new Error("Authorization missing or wrong");
      return "test";
    },
  }),
);
listen(app, Number(options.port));
