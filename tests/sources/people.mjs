// The rows of the sources: the same for the same numbers, whenever and wherever they are made.
export const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

const givenNames = ["Ada", "Björk", "Chidi", "Dolores", "Emre", "Fatima", "Grzegorz", "Hana", "Ímar", "João", "Kaoru", "Łucja", "Zoë"];
const familyNames = ["Adeyemi", "Becker", "Çelik", "D'Angelo", "Eriksson", "Fernández", "Großmann", "Haddad", "Ivanov", "Jørgensen", "O'Brien"];
const titles = ["Engineer", "Accountant", "Recruiter", "Designer", "Sales Manager", "Analyst", "Office Manager"];
const departments = ["Engineering", "Finance", "People", "Design", "Sales", "Legal"];
const began = Date.UTC(2026, 0, 1);
const minute = 60_000;

const at = (minutes) => new Date(began + minutes * minute).toISOString();
const nameOf = (i) => ({ given: givenNames[i % givenNames.length], family: familyNames[(i * 7) % familyNames.length] });
export const userId = (i) => `user-${String(i).padStart(5, "0")}`;

/** User 1 leads everybody; user n reports to user ⌈n / 8⌉. Every 50th has left. Changed one minute after another from 2026-01-01. */
export function makeUsers(count) {
  return Array.from({ length: count }, (_, index) => makeUser(index + 1));
}

function makeUser(i) {
  const { given, family } = nameOf(i);
  const lead = i === 1 ? undefined : Math.ceil(i / 8) === i ? 1 : Math.ceil(i / 8);
  return {
    id: userId(i),
    externalId: `E${10_000 + i}`,
    userName: `user${i}@acme.test`,
    name: { givenName: given, familyName: family, formatted: `${given} ${family}` },
    displayName: `${given} ${family}`,
    title: titles[i % titles.length],
    active: i % 50 !== 0,
    emails: [
      { value: `user${i}@acme.test`, type: "work", primary: true },
      { value: `user${i}@home.test`, type: "home" },
    ],
    phoneNumbers: [{ value: `+49 30 ${100_000 + i}`, type: "work" }],
    [enterprise]: {
      employeeNumber: String(10_000 + i),
      department: departments[i % departments.length],
      costCenter: `CC${100 + (i % 10)}`,
      organization: "Acme",
      ...(lead && { manager: { value: userId(lead), displayName: `${nameOf(lead).given} ${nameOf(lead).family}` } }),
    },
    meta: { created: at(0), lastModified: at(i) },
  };
}

/** User n is a member of group 1 + n mod count. Changed after all users. */
export function makeGroups(count, users) {
  return Array.from({ length: count }, (_, index) => ({
    id: `group-${String(index + 1).padStart(4, "0")}`,
    displayName: `${departments[index % departments.length]} ${index + 1}`,
    members: users
      .filter((_, user) => (user + 1) % count === index)
      .map((user) => ({ value: user.id, display: user.displayName, type: "User" })),
    meta: { created: at(0), lastModified: at(users.length + index + 1) },
  }));
}

/** The same people as plain rows, with numbers as ids. */
export function makeEmployees(count, departmentCount) {
  return Array.from({ length: count }, (_, index) => {
    const i = index + 1;
    const { given, family } = nameOf(i);
    return {
      id: i,
      first_name: given,
      last_name: family,
      email: `user${i}@acme.test`,
      job_title: titles[i % titles.length],
      status: i % 50 === 0 ? "inactive" : "active",
      department_id: 1 + (i % departmentCount),
      manager_id: i === 1 ? null : Math.max(1, Math.floor(i / 8)),
      started_on: at(i * 1440).slice(0, 10),
      updated_at: at(i),
    };
  });
}

export function makeDepartments(count) {
  return Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    name: `${departments[index % departments.length]} ${index + 1}`,
    updated_at: at(index),
  }));
}
