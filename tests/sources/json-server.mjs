// A source that is json-server 0.17: bare arrays, _page and _limit, Link and X-Total-Count headers, updated_at_gte.
//   node json-server.mjs [--port 0] [--data FILE | --employees 250 --departments 5] [--token secret]
// Prints listening=http://127.0.0.1:PORT. Rows are changed by json-server's own POST, PUT, PATCH and DELETE, in memory;
// it keeps no updated_at, so the change has to set it. POST /control: what control.mjs says.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import jsonServer from "json-server";
import { createControl, isAuthorized, listen } from "./control.mjs";
import { makeDepartments, makeEmployees } from "./people.mjs";

const { values: options } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    data: { type: "string" },
    employees: { type: "string", default: "250" },
    departments: { type: "string", default: "5" },
    token: { type: "string" },
  },
});

const rows = options.data
  ? JSON.parse(readFileSync(options.data, "utf8"))
  : {
      employees: makeEmployees(Number(options.employees), Number(options.departments)),
      departments: makeDepartments(Number(options.departments)),
    };

const app = jsonServer.create();
app.use(jsonServer.defaults({ logger: false }));
app.use(createControl());
app.use((request, response, proceed) => (isAuthorized(request, options.token) ? proceed() : response.status(401).json({ error: "unauthorized" })));
app.use(jsonServer.router(rows, { foreignKeySuffix: "_id" }));
listen(app, Number(options.port));
