import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { readStored, writeStored } from "~/lib/stored.ts";
import type { texts as english } from "./en/index.ts";
import { loadLaterTexts } from "./later.ts";

/** The texts that every page has at hand. */
type Texts = typeof english;

/** The languages, named in themselves. */
export const languages = { en: "English", tr: "Türkçe" } as const;

/** A language that the app speaks. */
export type Language = keyof typeof languages;

const KEY = "tracely.language";

const load: Record<Language, () => Promise<{ texts: unknown }>> = {
  en: () => import("./en/index.ts"),
  tr: () => import("./tr/index.ts"),
};

function isLanguage(text: string | null | undefined): text is Language {
  return text !== null && text !== undefined && text in languages;
}

/** The language that was chosen, or the first of the browser's that the app speaks. */
function preferred(): Language {
  const stored = readStored(KEY);
  if (isLanguage(stored)) return stored;
  const known = navigator.languages.map((tag) => tag.split("-")[0]).find(isLanguage);
  return known ?? "en";
}

/** Loads the texts of the preferred language and starts i18next. */
export async function startTranslation(): Promise<void> {
  const language = preferred();
  const { texts } = await load[language]();
  await i18next.use(initReactI18next).init({
    lng: language,
    defaultNS: "common",
    resources: { [language]: texts as Texts },
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  document.documentElement.lang = language;
}

/** Switches the language, keeps the choice, and loads its texts when they are not there yet. */
export async function chooseLanguage(language: Language): Promise<void> {
  writeStored(KEY, language);
  if (!i18next.hasResourceBundle(language, "common")) {
    const { texts } = await load[language]();
    for (const [namespace, bundle] of Object.entries(texts as Texts)) {
      i18next.addResourceBundle(language, namespace, bundle);
    }
  }
  await loadLaterTexts(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}
