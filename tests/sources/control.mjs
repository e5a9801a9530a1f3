// What a test does to a source from outside: the log of its requests, and faults for the next ones. It sits in front of
// the real server and never speaks the source's protocol itself.
//   GET  /control   {"requests": [...], "faults": n}
//   POST /control   {"faults": [fault...], "clearFaults": true, "clearRequests": true, ...what the source adds}
//
// A fault: {"kind", "times": 1, "after": 0, "path": "/Users"}. It lets `after` matching requests pass, then meets `times` of them.
//   status      answers {"status": 503} with {"headers": {"Retry-After": "1"}} and an optional {"body"}
//   html        200 and a page for people, as a proxy or a login form does
//   truncated   the true answer, cut in half
//   reset       the connection breaks in the middle of the true answer
//   slow        waits {"milliseconds"} before the true answer
//   hold        waits until {"release": true} is posted
//   withoutId   the true answer, the first record without its id
//   duplicate   the true answer, the first record twice
import express from "express";

const logLimit = 20_000;
const page = "<!doctype html><html><body><h1>Please sign in</h1></body></html>";

export function createControl(apply = () => ({}), describe = () => ({})) {
  let requests = [];
  let faults = [];
  let held = [];

  const next = (path) => {
    const fault = faults.find((one) => path.startsWith(one.path ?? "/"));
    if (fault === undefined) return undefined;
    if (fault.after > 0) {
      fault.after -= 1;
      return undefined;
    }
    fault.times -= 1;
    if (fault.times <= 0) faults.splice(faults.indexOf(fault), 1);
    return fault;
  };

  const answers = {
    status: (fault, request, response) => response.status(fault.status ?? 500).set(fault.headers ?? {}).send(fault.body ?? ""),
    html: (fault, request, response) => response.status(200).type("html").send(page),
    reset: (fault, request, response, proceed) => interrupt(request, response, proceed),
    slow: (fault, request, response, proceed) => void setTimeout(proceed, fault.milliseconds ?? 1000),
    hold: (fault, request, response, proceed) => void held.push(proceed),
    truncated: (fault, request, response, proceed) => rewrite(request, response, proceed, (body) => body.subarray(0, body.length / 2)),
    withoutId: (fault, request, response, proceed) => rewrite(request, response, proceed, editing((records) => delete records[0]?.id)),
    duplicate: (fault, request, response, proceed) => rewrite(request, response, proceed, editing((records) => records.splice(1, 0, records[0]))),
  };

  const router = express.Router();
  router.get("/control", (request, response) => response.json({ requests, faults: faults.length, ...describe() }));
  router.post("/control", express.json({ limit: "50mb" }), (request, response) => {
    const command = request.body;
    const unknown = (command.faults ?? []).find((fault) => !(fault.kind in answers));
    if (unknown !== undefined) return response.status(400).json({ error: `unknown fault "${unknown.kind}"` });
    if (command.clearRequests) requests = [];
    if (command.clearFaults) faults = [];
    faults.push(...(command.faults ?? []).map((fault) => ({ times: 1, after: 0, ...fault })));
    if (command.release) held.splice(0).forEach((proceed) => proceed());
    return response.json({ faults: faults.length, ...apply(command) });
  });

  router.use((request, response, proceed) => {
    const entry = { at: new Date().toISOString(), method: request.method, url: request.originalUrl, status: 0 };
    if (requests.length < logLimit) requests.push(entry);
    response.on("close", () => (entry.status = response.writableEnded ? response.statusCode : 0));
    const fault = next(request.path);
    if (fault === undefined) return proceed();
    entry.fault = fault.kind;
    return answers[fault.kind](fault, request, response, proceed);
  });
  return router;
}

// Collects what the real server answers and sends something made of it instead.
function rewrite(request, response, proceed, change) {
  const { end } = response;
  collect(request, response, (body) => {
    const changed = change(body);
    response.setHeader("Content-Length", changed.length);
    end.call(response, changed);
  });
  proceed();
}

function interrupt(request, response, proceed) {
  const { write } = response;
  collect(request, response, (body) => {
    response.setHeader("Content-Length", body.length);
    write.call(response, body.subarray(0, body.length / 2), () => request.socket.destroy());
  });
  proceed();
}

function collect(request, response, done) {
  delete request.headers["accept-encoding"];
  const chunks = [];
  const keep = (chunk) => chunk && typeof chunk !== "function" && chunks.push(Buffer.from(chunk));
  response.write = (chunk) => (keep(chunk), true);
  response.end = (chunk) => {
    keep(chunk);
    done(Buffer.concat(chunks));
    return response;
  };
}

// The records are the answer itself or, in SCIM, its Resources.
function editing(edit) {
  return (body) => {
    const answer = JSON.parse(body.toString("utf8"));
    edit(Array.isArray(answer) ? answer : answer.Resources);
    return Buffer.from(JSON.stringify(answer));
  };
}

export function listen(app, port) {
  const server = app.listen(port, "127.0.0.1", () => console.log(`listening=http://127.0.0.1:${server.address().port}`));
  server.keepAliveTimeout = 60_000;
  process.on("SIGTERM", () => process.exit(0));
}

// Checks the bearer token, when one is asked for.
export function isAuthorized(request, token) {
  return token === undefined || request.get("authorization") === `Bearer ${token}`;
}
