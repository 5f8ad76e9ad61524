import { BellRing, Keyboard, Settings2, Volume2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import { chooseLanguage, type Language, languages } from "~/i18n/index.ts";
import { chooseTheme, type ThemeChoice, useThemeChoice } from "~/lib/theme.ts";
import { IconButton } from "~/ui/button.tsx";
import { Menu, MenuCheck, MenuChoices, MenuGroup, MenuItem } from "~/ui/menu.tsx";
import { chooseAlert, useAlerts } from "./alerts.ts";
import { showKeys } from "./keys.tsx";

/** What a person sets for this browser: theme, language, how critical incidents call. Loaded by the click on it. */
export default function PersonMenu() {
  const { t, i18n } = useTranslation("shell");
  const theme = useThemeChoice();
  const alerts = useAlerts();
  return (
    <Menu
      defaultOpen
      trigger={
        <IconButton label={t("settings")}>
          <Settings2 aria-hidden />
        </IconButton>
      }
    >
      <MenuGroup label={t("theme.label")}>
        <MenuChoices<ThemeChoice>
          value={theme}
          choices={[
            ["light", t("theme.light")],
            ["dark", t("theme.dark")],
            ["system", t("theme.system")],
          ]}
          onChange={chooseTheme}
        />
      </MenuGroup>
      <MenuGroup label={t("language")}>
        <MenuChoices<Language>
          value={i18n.language as Language}
          choices={(Object.keys(languages) as Language[]).map(
            (each) =>
              [
                each,
                <span key={each} lang={each}>
                  {languages[each]}
                </span>,
              ] as const,
          )}
          onChange={chooseLanguage}
        />
      </MenuGroup>
      <MenuGroup label={t("alerts.label")}>
        <MenuCheck checked={alerts.sound} onChange={(on) => chooseAlert("sound", on)}>
          <Volume2 aria-hidden />
          {t("alerts.sound")}
        </MenuCheck>
        <MenuCheck
          checked={alerts.popup}
          onChange={(on) => chooseAlert("popup", on)}
          disabled={alerts.popupDenied}
        >
          <BellRing aria-hidden />
          {alerts.popupDenied ? t("alerts.denied") : t("alerts.popup")}
        </MenuCheck>
      </MenuGroup>
      <MenuGroup label={t("help")}>
        <MenuItem onClick={showKeys}>
          <Keyboard aria-hidden />
          {t("keys.title")}
        </MenuItem>
        <MenuItem onClick={() => window.open("/api/docs", "_blank", "noopener")}>
          <span aria-hidden className="w-4 text-center font-mono text-xs">
            {"{}"}
          </span>
          {t("apiDocs")}
        </MenuItem>
      </MenuGroup>
    </Menu>
  );
}
